"""The routes of the chats API, each under both of its prefixes."""

from fastapi import APIRouter

from flowgen_gateway.dialect import Dialect
from flowgen_gateway.dialects.flowgen import answers, chats, events, keys, messages, schemas
from flowgen_gateway.dialects.flowgen.documented import IDEMPOTENCY_KEY, LAST_EVENT_ID, documented
from flowgen_gateway.dialects.flowgen.errors import answer_error
from flowgen_gateway.plain_route import PlainRoute

_PREFIXES = ("", "/v1")
_SENDING = (404, 409, 413, 429)
_CREATING = (409, 413, 429)


def flowgen_dialect() -> Dialect:
    """Puts the dialect together."""
    router = APIRouter(route_class=PlainRoute)
    for prefix in _PREFIXES:
        # What is called most often is looked for first.
        _add_messages(router, f"{prefix}/chats/{{chat_id}}")
        _add_chats(router, f"{prefix}/chats")
        _add_events(router, f"{prefix}/chats/{{chat_id}}")
        _add_keys(router, f"{prefix}/admin/api-keys")
    prefixes = tuple(prefix + path for prefix in _PREFIXES for path in ("/chats", "/admin/api-keys"))
    return Dialect("flowgen", (router,), prefixes, answer_error)


def _add_messages(router: APIRouter, chat: str) -> None:
    answer, query, headers = answers.SentOut, schemas.SendQuery, (IDEMPOTENCY_KEY,)
    sending = documented("messages", answer, query, schemas.MessageBody, headers, errors=_SENDING)
    router.post(f"{chat}/messages", **sending)(messages.post_message)
    answering = documented("messages", answer, query, schemas.InputBody, headers, errors=_SENDING)
    router.post(f"{chat}/input", **answering)(messages.post_input)
    listing = documented("messages", list[answers.MessageOut], schemas.MessagesQuery, errors=(404,))
    router.get(f"{chat}/messages", **listing)(messages.list_messages)


def _add_chats(router: APIRouter, path: str) -> None:
    listing = documented("chats", list[answers.ChatOut], schemas.ChatsQuery)
    router.get(path, **listing)(chats.list_chats)
    body, headers = schemas.ChatBody, (IDEMPOTENCY_KEY,)
    creating = documented("chats", answers.ChatOut, None, body, headers, errors=(404, *_CREATING), status=201)
    router.post(path, **creating)(chats.create_chat)
    chat = f"{path}/{{chat_id}}"
    router.get(chat, **documented("chats", answers.ChatOut, errors=(404,)))(chats.get_chat)
    router.delete(chat, **documented("chats", None, errors=(404,), status=204))(chats.delete_chat)
    aborting = documented("chats", answers.AbortedOut, errors=(404, 413))
    router.post(f"{chat}/abort", **aborting)(chats.abort_chat)


def _add_events(router: APIRouter, chat: str) -> None:
    watching = documented(
        "events",
        None,
        schemas.WatchQuery,
        headers=(LAST_EVENT_ID,),
        errors=(404,),
        stream="text/event-stream",
    )
    router.get(f"{chat}/events", **watching)(events.watch_chat)
    router.websocket(f"{chat}/ws")(events.chat_socket)


def _add_keys(router: APIRouter, path: str) -> None:
    listing = documented("api keys", list[answers.KeyOut], schemas.KeysQuery)
    router.get(path, **listing)(keys.list_keys)
    body, headers = schemas.KeyBody, (IDEMPOTENCY_KEY,)
    creating = documented("api keys", answers.KeyOut, None, body, headers, errors=_CREATING, status=201)
    router.post(path, **creating)(keys.create_key)
    deleting = documented("api keys", answers.KeyDeletedOut, errors=(404,))
    router.delete(f"{path}/{{key_id}}", **deleting)(keys.delete_key)
