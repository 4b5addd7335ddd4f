"""ChatService: conversations."""

from collections.abc import AsyncIterator

from flowgen_core.pb.v1 import chat_pb2, chat_pb2_grpc
from flowgen_core.runtime.chats import Chats
from flowgen_core.runtime.send import Inbox
from flowgen_core.runtime.watch import Watcher
from flowgen_core.services.call import Context, current_caller
from flowgen_core.services.once import answer_once, answer_sent, once_of, wait_of
from flowgen_core.services.translate import chat as translate
from flowgen_core.store.paging import Page


class ChatService(chat_pb2_grpc.ChatServiceServicer):
    """Serves the rpcs of ChatService."""

    def __init__(self, chats: Chats, inbox: Inbox, watcher: Watcher, longest_wait: float) -> None:
        self._chats, self._inbox, self._watcher, self._longest_wait = chats, inbox, watcher, longest_wait

    async def CreateChat(self, request: chat_pb2.CreateChatRequest, context: Context) -> chat_pb2.Chat:
        """Makes a chat."""
        wanted = translate.new_chat(request.chat)
        done = await self._chats.create(current_caller(), wanted, once_of(request, current_caller()))
        return translate.chat_out(answer_once(context, done))

    async def GetChat(self, request: chat_pb2.GetChatRequest, context: Context) -> chat_pb2.Chat:
        """Reads a chat."""
        chat = await self._chats.get(current_caller(), translate.chat_id_of(request.chat))
        return translate.chat_out(chat)

    async def ListChats(
        self, request: chat_pb2.ListChatsRequest, context: Context
    ) -> chat_pb2.ListChatsResponse:
        """Lists chats."""
        page = Page.of(request.page_size, request.page_token)
        states = translate.states_in(request.states)
        listing = await self._chats.list(
            current_caller(), page, states, request.flow_id.lower(), request.by_activity, request.with_total
        )
        return translate.chats_out(listing)

    async def DeleteChat(self, request: chat_pb2.DeleteChatRequest, context: Context) -> chat_pb2.Chat:
        """Deletes a chat."""
        chat = await self._chats.delete(current_caller(), translate.chat_id_of(request.chat))
        return translate.chat_out(chat)

    async def SendMessage(
        self, request: chat_pb2.SendMessageRequest, context: Context
    ) -> chat_pb2.SendMessageResponse:
        """Takes a message."""
        new, wait = translate.new_message(request), wait_of(request, context, self._longest_wait)
        sent = await self._inbox.send(current_caller(), new, wait, once_of(request, current_caller()))
        return translate.sent_out(answer_sent(context, sent))

    async def ProvideInput(
        self, request: chat_pb2.ProvideInputRequest, context: Context
    ) -> chat_pb2.SendMessageResponse:
        """Takes an answer to the bot's question."""
        new, wait = translate.answer_in(request), wait_of(request, context, self._longest_wait)
        sent = await self._inbox.send(current_caller(), new, wait, once_of(request, current_caller()))
        return translate.sent_out(answer_sent(context, sent))

    async def ListMessages(
        self, request: chat_pb2.ListMessagesRequest, context: Context
    ) -> chat_pb2.ListMessagesResponse:
        """Lists a chat's messages."""
        page, window = Page.of(request.page_size, request.page_token), translate.window_in(request)
        chat_id = translate.chat_id_of(request.chat)
        listing = await self._chats.messages(current_caller(), chat_id, window, page, request.with_total)
        return translate.messages_out(listing)

    async def PauseChat(self, request: chat_pb2.PauseChatRequest, context: Context) -> chat_pb2.Chat:
        """Gives the floor to a moderator."""
        seconds, chat_id = translate.pause_of(request), translate.chat_id_of(request.chat)
        chat = await self._chats.pause(current_caller(), chat_id, seconds, request.reason)
        return translate.chat_out(chat)

    async def ResumeChat(self, request: chat_pb2.ResumeChatRequest, context: Context) -> chat_pb2.Chat:
        """Gives the floor back to the bot."""
        chat = await self._chats.resume(current_caller(), translate.chat_id_of(request.chat))
        return translate.chat_out(chat)

    async def AbortChat(
        self, request: chat_pb2.AbortChatRequest, context: Context
    ) -> chat_pb2.AbortChatResponse:
        """Stops the bot."""
        chat, aborted = await self._chats.abort(current_caller(), translate.chat_id_of(request.chat))
        return chat_pb2.AbortChatResponse(chat=translate.chat_out(chat), aborted=aborted)

    async def WatchChat(
        self, request: chat_pb2.WatchChatRequest, context: Context
    ) -> AsyncIterator[chat_pb2.ChatEvent]:
        """Shows what happens in a chat."""
        after = request.after_seq if request.HasField("after_seq") else None
        async for event in self._watcher.chat(current_caller(), translate.chat_id_of(request.chat), after):
            yield translate.event_out(event)
