"""The socket of a chat: it tells what happens, and takes messages, input and aborts."""

from collections.abc import Mapping
from typing import Any

import grpc
import orjson
from starlette.websockets import WebSocket

from flowgen_core.pb.v1.chat_pb2 import AbortChatRequest
from flowgen_gateway.core import CoreClient
from flowgen_gateway.deps import client_for, gateway_of
from flowgen_gateway.dialects.flowgen.errors import draw_error
from flowgen_gateway.dialects.flowgen.http import MAX_DEPTH, credential_of, query_of
from flowgen_gateway.dialects.flowgen.messages import provide_input, send_message
from flowgen_gateway.dialects.flowgen.reading import read_fields
from flowgen_gateway.dialects.flowgen.schemas import (
    InputBody,
    MessageBody,
    SocketFrame,
    WatchQuery,
)
from flowgen_gateway.dialects.flowgen.translate import Drawn, draw_aborted, draw_sent, ref
from flowgen_gateway.dialects.flowgen.watch import Watch, draw_socket, open_watch, tell
from flowgen_gateway.errors import BadFields, CoreError, Refusal
from flowgen_gateway.json_body import parse_json
from flowgen_gateway.outbox import Outbox, TooSlow
from flowgen_gateway.streams import End, drained, run_stream, say_goodbye

MAX_FRAME = 256 * 1024
_PROTOCOL, _CREDENTIAL = "flowgen", "flowgen.auth."
_REFUSED: Mapping[grpc.StatusCode, int] = {
    grpc.StatusCode.UNAUTHENTICATED: 4401,
    grpc.StatusCode.PERMISSION_DENIED: 4403,
    grpc.StatusCode.NOT_FOUND: 4404,
    grpc.StatusCode.UNAVAILABLE: 1013,
}
_ENDED: Mapping[End, int] = {
    End.DONE: 1000,
    End.LEFT: 1000,
    End.SLOW: 1013,
    End.REFUSED: 4401,
    End.DRAINING: 1001,
    End.LOST: 1001,
    End.TOO_LARGE: 1009,
}


async def serve_socket(websocket: WebSocket, chat_id: str) -> None:
    """Serves a socket to its end. Browsers cannot see a refused handshake, so refusals are close codes."""
    offered = websocket.scope.get("subprotocols", ())
    await websocket.accept(_PROTOCOL if _PROTOCOL in offered else None)
    end, code = await _serve(websocket, chat_id)
    await say_goodbye(end, websocket.close(code))


async def _serve(websocket: WebSocket, chat_id: str) -> tuple[End, int]:
    try:
        after = query_of(websocket, WatchQuery).after
        client = client_for(websocket, _credential(websocket))
        watch = await open_watch(client, chat_id, after)
    except BadFields:
        return End.DONE, 4422
    except CoreError as error:
        return End.DONE, _REFUSED.get(error.code, 1011)
    end = await _Session(websocket, client, chat_id).run(watch)
    return end, _ENDED[end]


def _credential(websocket: WebSocket) -> str | None:
    found = credential_of(websocket.headers)
    if found is not None:
        return found
    offered = websocket.scope.get("subprotocols", ())
    named = (each.removeprefix(_CREDENTIAL) for each in offered if each.startswith(_CREDENTIAL))
    return next(named, None)


class _Session:
    """One open socket."""

    def __init__(self, websocket: WebSocket, client: CoreClient, chat_id: str) -> None:
        self._websocket, self._client, self._chat_id = websocket, client, chat_id
        self._outbox = Outbox()

    async def run(self, watch: Watch) -> End:
        return await run_stream(
            self._deliver,
            self._outbox,
            tell(watch, self._outbox, draw_socket),
            drained(gateway_of(self._websocket)),
            self._listen(),
        )

    async def _deliver(self) -> None:
        while (frame := await self._outbox.get()) is not None:
            await self._websocket.send({"type": "websocket.send", "text": frame.decode()})

    async def _listen(self) -> End:
        while (received := await self._websocket.receive())["type"] != "websocket.disconnect":
            raw = received.get("bytes") or (received.get("text") or "").encode(errors="surrogatepass")
            if len(raw) > MAX_FRAME:
                return End.TOO_LARGE
            try:
                self._outbox.put(orjson.dumps(await self._answer(raw)))
            except TooSlow:
                return End.SLOW
        return End.LEFT

    async def _answer(self, raw: bytes) -> Drawn:
        frame_id: str | None = None
        try:
            data = parse_json(raw, depth=MAX_DEPTH)
            frame = read_fields(SocketFrame, data)
            frame_id = frame.id
            return await self._do(frame, data)
        except Refusal as refusal:
            return {"type": "error", "id": frame_id, "data": draw_error(refusal)}

    async def _do(self, frame: SocketFrame, data: dict[str, Any]) -> Drawn:  # Any: JSON
        # On a socket `type` says what a frame is, not who speaks.
        fields, key = {**data, "type": None}, frame.id or ""
        match frame.type:
            case "ping":
                return {"type": "pong"}
            case "abort":
                wanted = AbortChatRequest(chat=ref(self._chat_id))
                done = await self._client.call(self._client.core.chats.AbortChat, wanted)
                return _accepted(frame, draw_aborted(done.chat, done.aborted))
            case "message":
                message = read_fields(MessageBody, fields)
                sent, _ = await send_message(self._client, self._chat_id, message, key)
            case "input":
                sent, _ = await provide_input(
                    self._client, self._chat_id, read_fields(InputBody, fields), key
                )
        return _accepted(frame, draw_sent(sent))


def _accepted(frame: SocketFrame, data: Drawn) -> Drawn:
    return {"type": "accepted", "id": frame.id, "data": data}
