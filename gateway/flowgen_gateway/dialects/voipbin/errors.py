"""How this API says no: `{"error": {"status", "reason", "message", "request_id", "details"}}`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import orjson
from starlette.responses import Response

from flowgen_gateway.errors import Refusal

MOST_DETAILS = 100
LONGEST_QUOTE = 255
_INVALID = (400, "INVALID_ARGUMENT")
_EXISTS = (409, "ALREADY_EXISTS")
_STATE = (409, "FAILED_PRECONDITION")
# Every reason that is told, with its HTTP status and its `status`.
REASONS: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        "INVALID_JSON_BODY": _INVALID,
        "INVALID_ID": _INVALID,
        "INVALID_ACTION_TYPE": _INVALID,
        "INVALID_ANONYMOUS_VALUE": _INVALID,
        "INVALID_VARIABLES": _INVALID,
        "INVALID_WEBHOOK_URI": _INVALID,
        "INVALID_WEBHOOK_METHOD": _INVALID,
        "INVALID_REQUEST_PARAMETER": _INVALID,
        "INVALID_ARGUMENT": _INVALID,
        "REQUEST_TOO_LARGE": (413, "INVALID_ARGUMENT"),
        "AUTHENTICATION_REQUIRED": (401, "UNAUTHENTICATED"),
        "INVALID_CREDENTIALS": (401, "UNAUTHENTICATED"),
        "PERMISSION_DENIED": (403, "PERMISSION_DENIED"),
        "FLOW_NOT_FOUND": (404, "NOT_FOUND"),
        "ACTIVEFLOW_NOT_FOUND": (404, "NOT_FOUND"),
        "RESOURCE_NOT_FOUND": (404, "NOT_FOUND"),
        "ROUTE_NOT_FOUND": (404, "NOT_FOUND"),
        "ACTIVEFLOW_ALREADY_EXISTS": _EXISTS,
        "REQUEST_ID_REUSED": _EXISTS,
        "FLOW_STATE_INVALID": _STATE,
        "ACTIVEFLOW_ALREADY_STOPPED": _STATE,
        "STATE_INVALID": _STATE,
        "RATE_LIMIT_EXCEEDED": (429, "RESOURCE_EXHAUSTED"),
        "SERVICE_UNAVAILABLE": (503, "UNAVAILABLE"),
        "REQUEST_TIMEOUT": (503, "UNAVAILABLE"),
        "INTERNAL": (500, "INTERNAL"),
    }
)


@dataclass(frozen=True, slots=True)
class Detail:
    """One place in a request that is wrong; `field` is dotted, with indices: `actions[1].type`."""

    field: str
    description: str


class Refused(Refusal):
    """A request that is answered with one of `REASONS`; of many details the first 100 are told."""

    def __init__(
        self,
        reason: str,
        message: str,
        details: Sequence[Detail] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.reason, self.message = reason, message
        self.details, self.headers = list(details[:MOST_DETAILS]), dict(headers or {})
        self.http_status, self.status = REASONS[reason]


def one_field(reason: str, field: str, message: str) -> Refused:
    """Makes the refusal of one field, whose message stands in the details too."""
    return Refused(reason, message, [Detail(field, message)])


def bad_body(details: Sequence[Detail] = ()) -> Refused:
    """Makes the refusal of a body that is no JSON, or holds another JSON type than it must."""
    return Refused("INVALID_JSON_BODY", "The request body is not valid JSON.", details)


def bad_id() -> Refused:
    """Makes the refusal of an id that is no UUID."""
    return Refused("INVALID_ID", "The provided id is not a valid UUID.")


def bad_parameter(name: str) -> Refused:
    """Makes the refusal of a parameter of the query or of a header."""
    return Refused("INVALID_REQUEST_PARAMETER", f'The parameter "{name}" has an invalid format.')


def missing_scope(scope: str) -> Refused:
    """Makes the refusal of a credential that may not do what was asked."""
    need = f"the scope {scope.lower()}" if scope else "another scope"
    return Refused("PERMISSION_DENIED", f"The credential needs {need}.")


def quote(text: str) -> str:
    """Shortens what a client sent, to be told back."""
    return text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"


def draw(refused: Refused, request_id: str) -> Response:
    """Draws a refusal as an answer."""
    error: dict[str, Any] = {  # Any: JSON
        "status": refused.status,
        "reason": refused.reason,
        "message": refused.message,
        "request_id": request_id,
    }
    if refused.details:
        error["details"] = refused.details
    body = orjson.dumps({"error": error})
    headers = {"content-type": "application/json; charset=utf-8", **refused.headers}
    return Response(body, refused.http_status, headers)
