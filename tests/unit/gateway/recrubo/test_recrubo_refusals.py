import grpc
import pytest

from flowgen_gateway.dialects.recrubo.refusals import told
from flowgen_gateway.errors import (
    BadHeader,
    BodyTooLarge,
    CoreError,
    MethodNotAllowed,
    RouteNotFound,
    Violation,
)
from flowgen_gateway.json_body import BadJson, parse_json

Code = grpc.StatusCode


def problem(refusal):
    (found,) = told(refusal).problems
    return found


@pytest.mark.parametrize(
    ("error", "status", "code", "detail"),
    [
        (CoreError(Code.UNAUTHENTICATED, "UNAUTHENTICATED", "x"), 401, "unauthorized", "access denied"),
        (
            CoreError(Code.PERMISSION_DENIED, "PERMISSION_DENIED", "x", {"scope": "write"}),
            403,
            "forbidden",
            "The credential needs the scope write.",
        ),
        (
            CoreError(Code.FAILED_PRECONDITION, "WAIT_NOT_AVAILABLE", "x"),
            403,
            "sync_not_available",
            "Synchronous generation is only available in a sandbox project.",
        ),
        (
            CoreError(Code.NOT_FOUND, "GENERATION_NOT_FOUND", "x"),
            404,
            "not_found",
            "FlowGeneration not found",
        ),
        (CoreError(Code.NOT_FOUND, "FLOW_NOT_FOUND", "x"), 404, "not_found", "Flow not found"),
        (CoreError(Code.NOT_FOUND, "PROJECT_NOT_FOUND", "x"), 404, "not_found", "Organization not found"),
        (RouteNotFound(), 404, "not_found", "Route not found"),
        (MethodNotAllowed("GET, HEAD, DELETE"), 405, "method_not_allowed", "Use GET or DELETE."),
        (
            CoreError(Code.ALREADY_EXISTS, "REQUEST_ID_REUSED", "x"),
            409,
            "idempotency_conflict",
            "The key was used for another request.",
        ),
        (CoreError(Code.ABORTED, "CONFLICT", "It changed."), 409, "conflict", "It changed."),
        (BodyTooLarge(1048576), 413, "payload_too_large", "The body must be at most 1048576 bytes."),
        (CoreError(Code.RESOURCE_EXHAUSTED, "OVERLOADED", "secret"), 429, "rate_limited", None),
        (CoreError(Code.INTERNAL, "INTERNAL", "secret"), 500, "internal", None),
        (CoreError(Code.UNAVAILABLE, "UNAVAILABLE", "secret"), 503, "unavailable", None),
        (CoreError(Code.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED", "secret"), 504, "timeout", None),
        (
            CoreError(
                Code.INVALID_ARGUMENT, "INVALID_ARGUMENT", "x", {}, [Violation("context", "REQUIRED", "y")]
            ),
            422,
            "required",
            "context y",
        ),
    ],
)
def test_every_refusal_has_its_status_and_code(error, status, code, detail):
    found = problem(error)
    assert (found.status, found.code) == (status, code)
    assert found.detail == detail if detail else "secret" not in found.detail


def test_a_bad_credential_is_told_how_to_come_in():
    assert told(CoreError(Code.UNAUTHENTICATED, "UNAUTHENTICATED", "x")).headers == {
        "WWW-Authenticate": "Bearer"
    }


def test_who_shall_come_back_is_told_when():
    error = CoreError(Code.RESOURCE_EXHAUSTED, "RATE_LIMITED", "x", retry_after=7)
    assert told(error).headers == {"Retry-After": "7"}


def test_a_bad_header_is_named_as_it_is_written():
    found = problem(BadHeader("idempotency-key", "kind", "It is bad."))
    assert (found.status, found.source) == (400, {"header": "Idempotency-Key"})


@pytest.mark.parametrize(
    ("body", "code", "detail"),
    [
        (b'{"data":', "invalid_json", "The body is not valid JSON (line 1, column 9)."),
        (b'{"a":\nNaN}', "invalid_json", "The body is not valid JSON (line 2, column 1)."),
        (b'{"a":1e999}', "invalid_json", None),
        (b'{"a":9223372036854775808}', "invalid_json", "Integers must fit in 64 bits (line 1, column 6)."),
        (b'{"a":"\\u0000"}', "invalid_json", None),
        (b'{"a":"\\ud800"}', "invalid_json", None),
        (b"\xff", "invalid_json", None),
        (b"", "invalid_document", "A JSON object is expected."),
        (b"[" * 65 + b"]" * 65, "invalid_document", "JSON may be nested 64 deep."),
    ],
)
def test_a_body_that_cannot_be_read_is_told_where_it_breaks(body, code, detail):
    with pytest.raises(BadJson) as caught:
        parse_json(body, depth=64)
    found = problem(caught.value)
    assert (found.status, found.code) == (400, code)
    assert detail is None or found.detail == detail
