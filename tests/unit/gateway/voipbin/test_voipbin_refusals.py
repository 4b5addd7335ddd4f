import grpc
import pytest

from flowgen_gateway.dialects.voipbin.errors import REASONS, Detail, Refused, quote
from flowgen_gateway.dialects.voipbin.refusals import told
from flowgen_gateway.errors import (
    BadFields,
    BadHeader,
    BodyTooLarge,
    CoreError,
    MethodNotAllowed,
    RouteNotFound,
    Violation,
)
from flowgen_gateway.json_body import BadJson, Fault

Code = grpc.StatusCode


def of_core(code, reason, **fields):
    refused = told(CoreError(code, reason, "words of the core", **fields))
    return refused.http_status, refused.status, refused.reason


def of_violation(path, reason):
    return of_core(Code.INVALID_ARGUMENT, "INVALID_FLOW", violations=[Violation(path, reason, "is wrong")])


@pytest.mark.parametrize(
    ("code", "reason", "expected"),
    [
        (Code.NOT_FOUND, "FLOW_NOT_FOUND", (404, "NOT_FOUND", "FLOW_NOT_FOUND")),
        (Code.NOT_FOUND, "RUN_NOT_FOUND", (404, "NOT_FOUND", "ACTIVEFLOW_NOT_FOUND")),
        (Code.NOT_FOUND, "CHAT_NOT_FOUND", (404, "NOT_FOUND", "RESOURCE_NOT_FOUND")),
        (Code.ALREADY_EXISTS, "RUN_ALREADY_EXISTS", (409, "ALREADY_EXISTS", "ACTIVEFLOW_ALREADY_EXISTS")),
        (Code.ALREADY_EXISTS, "REQUEST_ID_REUSED", (409, "ALREADY_EXISTS", "REQUEST_ID_REUSED")),
        (Code.FAILED_PRECONDITION, "RUN_NOT_WAITING", (409, "FAILED_PRECONDITION", "FLOW_STATE_INVALID")),
        (Code.FAILED_PRECONDITION, "RUN_ENDED", (409, "FAILED_PRECONDITION", "ACTIVEFLOW_ALREADY_STOPPED")),
        (Code.FAILED_PRECONDITION, "CHAT_HAS_OPEN_RUN", (409, "FAILED_PRECONDITION", "FLOW_STATE_INVALID")),
        (Code.FAILED_PRECONDITION, "CHAT_PAUSED", (409, "FAILED_PRECONDITION", "FLOW_STATE_INVALID")),
        (Code.ABORTED, "CONFLICT", (409, "FAILED_PRECONDITION", "STATE_INVALID")),
        (Code.PERMISSION_DENIED, "PERMISSION_DENIED", (403, "PERMISSION_DENIED", "PERMISSION_DENIED")),
        (Code.UNAUTHENTICATED, "UNAUTHENTICATED", (401, "UNAUTHENTICATED", "INVALID_CREDENTIALS")),
        (Code.INVALID_ARGUMENT, "INVALID_INPUT", (400, "INVALID_ARGUMENT", "INVALID_ARGUMENT")),
        (Code.INVALID_ARGUMENT, "INVALID_PAGE_TOKEN", (400, "INVALID_ARGUMENT", "INVALID_REQUEST_PARAMETER")),
        (Code.RESOURCE_EXHAUSTED, "CHAT_QUEUE_FULL", (429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED")),
        (Code.UNAVAILABLE, "STORAGE_UNAVAILABLE", (503, "UNAVAILABLE", "SERVICE_UNAVAILABLE")),
        (Code.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED", (503, "UNAVAILABLE", "REQUEST_TIMEOUT")),
        (Code.INTERNAL, "INTERNAL", (500, "INTERNAL", "INTERNAL")),
        (Code.UNKNOWN, "WHATEVER", (500, "INTERNAL", "INTERNAL")),
    ],
)
def test_what_the_core_says_has_its_place_in_the_table(code, reason, expected):
    assert of_core(code, reason) == expected


@pytest.mark.parametrize(
    ("path", "reason", "told_as"),
    [
        ("", "TOO_LARGE", "REQUEST_TOO_LARGE"),
        ("actions[0].option_json", "TOO_LONG", "REQUEST_TOO_LARGE"),
        ("actions[0].type", "INVALID_ACTION_TYPE", "INVALID_ACTION_TYPE"),
        ("on_complete_flow_id", "UNKNOWN_ON_COMPLETE_FLOW", "FLOW_NOT_FOUND"),
        ("webhook_uri", "TOO_LONG", "INVALID_WEBHOOK_URI"),
        ("variables_json", "TOO_LONG", "INVALID_VARIABLES"),
        ("expected_action_id", "TOO_LONG", "FLOW_STATE_INVALID"),
        ("input_json", "REQUIRED", "INVALID_ARGUMENT"),
    ],
)
def test_a_field_that_the_core_refuses_is_told_by_its_cause(path, reason, told_as):
    assert of_violation(path, reason)[2] == told_as


def test_only_the_places_that_the_reason_is_about_are_told():
    wrong = [Violation("a", "INVALID_ACTION_TYPE", "x"), Violation("b", "UNKNOWN_ON_COMPLETE_FLOW", "y")]
    refused = told(CoreError(Code.INVALID_ARGUMENT, "INVALID_FLOW", "", violations=wrong))
    assert refused.details == [Detail("a", "x")]


def test_a_credential_that_was_not_sent_is_asked_for():
    missing = told(CoreError(Code.UNAUTHENTICATED, "UNAUTHENTICATED", "", {"credential": "missing"}))
    assert (missing.reason, missing.message) == ("AUTHENTICATION_REQUIRED", "Authentication is required.")


@pytest.mark.parametrize("code", [Code.RESOURCE_EXHAUSTED, Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED])
def test_who_may_come_back_is_told_when(code):
    assert told(CoreError(code, "X", "", retry_after=7)).headers == {"Retry-After": "7"}
    assert told(CoreError(code, "X", "")).headers == {"Retry-After": "1"}


def test_a_bug_tells_nothing_of_its_cause():
    refused = told(CoreError(Code.INTERNAL, "INTERNAL", "/home/secret.py"))
    assert (refused.message, refused.details) == ("Internal error.", [])


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        (BadJson(Fault.DEPTH, "deep"), "INVALID_JSON_BODY"),
        (BodyTooLarge(10), "REQUEST_TOO_LARGE"),
        (BadHeader("idempotency-key", "x", "y"), "INVALID_REQUEST_PARAMETER"),
        (RouteNotFound(), "ROUTE_NOT_FOUND"),
        (MethodNotAllowed("GET"), "ROUTE_NOT_FOUND"),
        (BadFields([]), "INTERNAL"),
    ],
)
def test_what_the_gateway_refuses_is_told_in_this_shape_too(refusal, reason):
    assert told(refusal).reason == reason


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_every_reason_has_a_status(reason):
    refused = Refused(reason, "words")
    assert 400 <= refused.http_status < 600 and refused.status


def test_of_many_details_the_first_hundred_are_told():
    details = [Detail(str(n), "wrong") for n in range(101)]
    assert Refused("INVALID_ACTION_TYPE", "wrong", details).details == details[:100]


def test_what_a_client_sent_is_told_back_in_short():
    assert (quote("x" * 255), len(quote("x" * 256)), quote("x" * 256)[-1]) == ("x" * 255, 255, "…")
