"""Chats, messages and events: wire ⇄ model."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flowgen_core.model import jsontext
from flowgen_core.model.chat import Author, Chat, ChatEvent, ChatState, Failure, Message
from flowgen_core.model.errors import FlowGenError, Reason, invalid
from flowgen_core.pb.v1 import chat_pb2, common_pb2
from flowgen_core.runtime.chats import NewChat, Window
from flowgen_core.runtime.send import NewMessage, Sent
from flowgen_core.services.translate.times import from_duration, to_timestamp
from flowgen_core.store.paging import Listing

STATES = {state: chat_pb2.ChatState.Value(f"CHAT_STATE_{state}") for state in ChatState}
_STATES_IN: dict[int, ChatState] = {number: state for state, number in STATES.items()}
AUTHORS = {author: chat_pb2.Author.Value(f"AUTHOR_{author}") for author in Author}
_AUTHORS_IN = {
    chat_pb2.AUTHOR_UNSPECIFIED: Author.USER,
    **{number: author for author, number in AUTHORS.items()},
}
MOST_RESPONSES = 50
LONGEST_PAUSE = 366 * 24 * 3600
_LATER = {
    "flow_id": "a flow as an attachment", "step_id": "a step as an attachment", "session_id": "a session",
    "answer_here": "`answer_here`",
}  # fmt: skip


def chat_id_of(ref: chat_pb2.ChatRef) -> str:
    """Reads which chat is meant. An address is of a channel, and there are none: it is not found."""
    if ref.WhichOneof("ref") is None:
        raise invalid("chat", "REQUIRED", "needs an `id`")
    if ref.WhichOneof("ref") == "address":
        raise FlowGenError(Reason.CHAT_NOT_FOUND, "There is no such chat in this project.")
    return ref.id.lower()


def new_chat(chat: chat_pb2.Chat) -> NewChat:
    """Reads a chat to be made."""
    return NewChat(
        flow_id=chat.flow_id.lower(),
        name=chat.name,
        metadata=json_object(chat.metadata_json, "chat.metadata_json"),
        variables=json_object(chat.variables_json, "chat.variables_json"),
    )


def pause_of(request: chat_pb2.PauseChatRequest) -> float:
    """Reads how long a pause lasts, in seconds; 0 is until somebody resumes the chat."""
    seconds = from_duration(request.duration, "duration") if request.HasField("duration") else 0
    if seconds > LONGEST_PAUSE:
        raise invalid("duration", "OUT_OF_RANGE", f"must be at most {LONGEST_PAUSE} seconds")
    if len(request.reason) > 255:
        raise invalid("reason", "TOO_LONG", "must have at most 255 characters")
    return seconds


def chat_out(chat: Chat) -> chat_pb2.Chat:
    """Writes a chat."""
    return chat_pb2.Chat(
        pause=_pause_out(chat),
        id=chat.id,
        name=chat.name,
        flow_id=chat.flow_id,
        state=STATES[chat.state],
        prompt=chat.prompt,
        failure=failure_out(chat.failure),
        queued=chat.queued,
        last_seq=chat.last_seq,
        last_entry=chat.last_entry,
        run_id=chat.run_id,
        metadata_json=chat.metadata,
        variables_json=chat.variables,
        created_by=chat.created_by,
        create_time=to_timestamp(chat.create_time),
        update_time=to_timestamp(chat.update_time),
        activity_time=to_timestamp(chat.activity_time),
    )


def chats_out(listing: Listing[Chat]) -> chat_pb2.ListChatsResponse:
    """Writes a page of chats."""
    return chat_pb2.ListChatsResponse(
        chats=map(chat_out, listing.rows), next_page_token=listing.next_token, total_size=listing.total
    )


def states_in(numbers: Iterable[int]) -> tuple[ChatState, ...]:
    """Reads the filter by state."""
    wanted = tuple(numbers)
    for place, number in enumerate(wanted):
        if number not in _STATES_IN:
            raise invalid(f"states[{place}]", "INVALID_VALUE", f"must be one of {', '.join(ChatState)}")
    return tuple(dict.fromkeys(_STATES_IN[number] for number in wanted))


def window_in(request: chat_pb2.ListMessagesRequest) -> Window:
    """Reads which messages are wanted."""
    return Window(
        after_seq=request.after_seq if request.HasField("after_seq") else None,
        before_seq=request.before_seq if request.HasField("before_seq") else None,
        first_entry=request.first_entry,
        last_entry=request.last_entry,
        without_internal=request.without_internal,
    )


def message_out(message: Message) -> chat_pb2.Message:
    """Writes a message."""
    return chat_pb2.Message(
        id=message.id,
        chat_id=message.chat_id,
        run_id=message.run_id,
        seq=message.seq,
        entry=message.entry,
        author=AUTHORS[message.author],
        sender=message.sender,
        receiver=message.receiver,
        internal=message.internal,
        text=message.text,
        fallback=message.fallback or message.text,
        responses=_responses_out(message),
        profile_json=message.profile,
        metadata_json=message.metadata,
        origin=_origin_out(message),
        create_time=to_timestamp(message.create_time),
    )


def messages_out(listing: Listing[Message]) -> chat_pb2.ListMessagesResponse:
    """Writes a page of messages."""
    return chat_pb2.ListMessagesResponse(
        messages=map(message_out, listing.rows), next_page_token=listing.next_token, total_size=listing.total
    )


def sent_out(sent: Sent) -> chat_pb2.SendMessageResponse:
    """Writes what became of a message."""
    return chat_pb2.SendMessageResponse(
        message=message_out(sent.message),
        chat=chat_out(sent.chat),
        replies=map(message_out, sent.replies),
        complete=sent.complete,
    )


def new_message(request: chat_pb2.SendMessageRequest) -> NewMessage:
    """Reads a message to be sent."""
    for name, what in _LATER.items():
        if getattr(request, name):
            raise invalid(name, "NOT_SUPPORTED", f"is not served: this server knows no {what} yet")
    if request.author not in _AUTHORS_IN or _AUTHORS_IN[request.author] is Author.BOT:
        raise invalid("author", "INVALID_VALUE", "must be USER or MODERATOR")
    return NewMessage(
        chat_id=chat_id_of(request.chat),
        text=request.text,
        author=_AUTHORS_IN[request.author],
        sender=request.sender,
        responses=_responses_in(request.responses),
        profile=json_object(request.profile_json, "profile_json"),
        metadata=json_object(request.metadata_json, "metadata_json"),
        event=_event_name(request),
    )


def answer_in(request: chat_pb2.ProvideInputRequest) -> NewMessage:
    """Reads an answer to the bot's question."""
    return NewMessage(
        chat_id=chat_id_of(request.chat),
        text=request.text,
        sender=request.sender,
        metadata=json_object(request.metadata_json, "metadata_json"),
        answers=True,
    )


def event_out(event: ChatEvent) -> chat_pb2.ChatEvent:
    """Writes an event of a chat."""
    out = chat_pb2.ChatEvent(
        chat_id=event.chat_id, seq=event.seq, type=event.type, create_time=to_timestamp(event.create_time)
    )
    if event.chat is not None:
        out.chat.CopyFrom(chat_out(event.chat))
    elif event.message is not None:
        out.message.CopyFrom(message_out(event.message))
    elif event.token is not None:
        out.token.CopyFrom(common_pb2.Token(sender=event.token[0], text=event.token[1]))
    elif event.data:
        out.data_json = event.data
    return out


def failure_out(failure: Failure | None) -> common_pb2.Failure | None:
    """Writes why something failed."""
    if failure is None:
        return None
    return common_pb2.Failure(reason=failure.reason, message=failure.message, action_id=failure.action_id)


def json_object(text: str, path: str) -> str:
    """Checks the JSON text of an object; an empty text is `{}`. Raises INVALID_ARGUMENT."""
    if not text:
        return "{}"
    try:
        value = jsontext.parse(text)
    except jsontext.BadJson as error:
        raise invalid(path, "INVALID_JSON", f"is not valid JSON: {error}") from None
    if not isinstance(value, dict):
        raise invalid(path, "INVALID_TYPE", "must be a JSON object")
    return text


def _pause_out(chat: Chat) -> chat_pb2.Pause | None:
    if not chat.paused:
        return None
    pause = chat_pb2.Pause(reason=chat.pause_reason)
    if chat.pause_until is not None:
        pause.until_time.CopyFrom(to_timestamp(chat.pause_until))
    return pause


def _event_name(request: chat_pb2.SendMessageRequest) -> str:
    if not request.HasField("event"):
        return ""
    if not 1 <= len(request.event.name) <= 255:
        raise invalid("event.name", "INVALID_VALUE", "must have 1 to 255 characters")
    return request.event.name


def _responses_in(responses: Sequence[chat_pb2.Response]) -> str:
    if len(responses) > MOST_RESPONSES:
        raise invalid("responses", "TOO_MANY", f"must have at most {MOST_RESPONSES} items")
    return jsontext.dump([_response_in(one, f"responses[{n}]") for n, one in enumerate(responses)])


def _response_in(response: chat_pb2.Response, path: str) -> dict[str, Any]:
    if not 1 <= len(response.type) <= 64:
        raise invalid(f"{path}.type", "INVALID_VALUE", "must have 1 to 64 characters")
    payload = jsontext.parse(json_object(response.payload_json, f"{path}.payload_json"))
    return {"type": response.type, "payload": payload, "delay_ms": response.delay_ms}


def _responses_out(message: Message) -> list[chat_pb2.Response]:
    if message.responses == "[]":
        return [chat_pb2.Response(type="text", payload_json=jsontext.dump({"text": message.text}))]
    return [_response_out(one) for one in jsontext.parse(message.responses, max_depth=256)]


def _response_out(one: Mapping[str, Any]) -> chat_pb2.Response:
    return chat_pb2.Response(
        type=one["type"], payload_json=jsontext.dump(one["payload"]), delay_ms=one.get("delay_ms", 0)
    )


def _origin_out(message: Message) -> chat_pb2.MessageOrigin | None:
    if message.origin == "{}":
        return None
    return chat_pb2.MessageOrigin(**jsontext.parse(message.origin))
