"""Puts the chats API together: its routes under both of their prefixes, and its errors."""

from fastapi import APIRouter

from flowgen_gateway.dialect import Dialect
from flowgen_gateway.dialects.flowgen import chats, events, keys, messages
from flowgen_gateway.dialects.flowgen.errors import answer_error

_PREFIXES = ("", "/v1")
_RESOURCES = ("/chats", "/admin/api-keys")


def flowgen_dialect() -> Dialect:
    """Puts the dialect together."""
    router = APIRouter(redirect_slashes=False)
    for prefix in _PREFIXES:
        # What is called most often is looked for first.
        for part in (messages.router, chats.router, events.router, keys.router):
            router.include_router(part, prefix=prefix)
    prefixes = tuple(prefix + resource for prefix in _PREFIXES for resource in _RESOURCES)
    return Dialect("flowgen", (router,), prefixes, answer_error)
