"""The routes of the chats API."""

from flowgen_gateway.dialect import Dialect
from flowgen_gateway.fallback import answer_error


def flowgen_dialect() -> Dialect:
    """Puts the dialect together."""
    return Dialect(
        "flowgen", (), ("/chats", "/v1/chats", "/admin/api-keys", "/v1/admin/api-keys"), answer_error
    )
