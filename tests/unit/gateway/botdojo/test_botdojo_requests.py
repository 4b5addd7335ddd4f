import grpc
import pytest
from starlette.datastructures import Headers

from flowgen_core.pb.v1 import run_pb2
from flowgen_gateway.dialects.botdojo.asked import start_request
from flowgen_gateway.dialects.botdojo.errors import told
from flowgen_gateway.dialects.botdojo.http import credential_of, last_event_of
from flowgen_gateway.dialects.botdojo.refusals import in_terms_of_body, in_terms_of_run
from flowgen_gateway.dialects.botdojo.schemas import RunBody
from flowgen_gateway.errors import BadHeader, CoreError, Violation, internal_error, unavailable

RUN = "5f0b1c9e-7a64-4e0f-8a55-0a1d0f3e9b21"


# Headers.


@pytest.mark.parametrize(
    ("headers", "credential"),
    [
        ({}, None),
        ({"authorization": ""}, None),
        ({"authorization": "fg_test_a"}, "fg_test_a"),
        ({"authorization": "  fg_test_a "}, "fg_test_a"),
        ({"authorization": "Bearer fg_test_a"}, "fg_test_a"),
        ({"authorization": " bEARER \t fg_test_a  "}, "fg_test_a"),
        ({"authorization": "Basic fg_test_a"}, None),
        ({"x-api-key": " fg_test_a "}, "fg_test_a"),
        ({"x-api-key": "fg_test_a", "authorization": "fg_test_b"}, "fg_test_a"),
        ({"x-api-key": "", "authorization": "fg_test_b"}, ""),
    ],
)
def test_the_credential_is_found_in_all_its_forms(headers, credential):
    assert credential_of(Headers(headers)) == credential


def test_the_last_event_names_its_run():
    assert last_event_of(Headers({"last-event-id": f"{RUN}.6b0.12"})) == (RUN, f"{RUN}.6b0.12")
    assert last_event_of(Headers({})) is None
    assert last_event_of(Headers({"last-event-id": ""})) is None
    with pytest.raises(BadHeader):
        last_event_of(Headers({"last-event-id": RUN}))


# What is asked of the core.


def asked(body, options=None, wait=300):
    sent = {"body": body} if options is None else {"body": body, "options": options}
    return start_request("F", RunBody.model_validate(sent), sent, "k", wait)


def test_a_run_is_asked_for_in_a_new_chat_with_the_evaluations_of_the_flow():
    expected = run_pb2.StartRunRequest(
        flow_id="F",
        new_chat=True,
        open_run="OPEN_RUN_TAKE_OVER",
        input_json='{"n":7.0}',
        overrides_json="{}",
        evaluations=run_pb2.EvaluationPlan(mode="EVALUATION_MODE_ASYNC", auto=True),
        metadata_json='{"requestParams":{"stream":"none"},"runOptions":{}}',
        request_id="k",
    )
    expected.wait.seconds = 300
    assert asked({"n": 7.0}) == expected


def test_all_options_are_passed_on():
    options = {
        "flow_session_id": "S",
        "version": "1.0.0",
        "stream": "http",
        "stream_events": ["token"],
        "override": {"a.b": [1.0]},
        "evalOptions": {"runMode": "block", "runs": [{"flowEvalId": "E", "flowEvalExternalInput": {"x": 1}}]},
    }
    made = asked({}, options, wait=0)
    assert (made.chat_id, made.new_chat, made.version, made.HasField("wait")) == ("S", False, "1.0.0", False)
    assert made.overrides_json == '{"a.b":[1.0]}'
    requests = [run_pb2.EvaluationRequest(flow_id="E", external_json='{"x":1}')]
    assert made.evaluations == run_pb2.EvaluationPlan(mode="EVALUATION_MODE_BLOCK", requests=requests)
    assert made.metadata_json == (
        '{"requestParams":{"stream":"http"},"runOptions":{"version":"1.0.0","stream_events":["token"],'
        '"evalOptions":{"runMode":"block","runs":[{"flowEvalId":"E","flowEvalExternalInput":{"x":1}}]}}}'
    )


@pytest.mark.parametrize(
    ("options", "auto"), [({}, True), ({"runs": None}, True), ({"runs": []}, False)], ids=str
)
def test_named_evaluations_take_the_place_of_those_that_run_by_themselves(options, auto):
    assert asked({}, {"evalOptions": options}).evaluations.auto is auto


def test_fields_have_no_other_names_than_those_that_are_documented():
    given = {"evaluations": {"runMode": "skip"}, "evalOptions": {"run_mode": "skip"}}
    assert asked({}, given).evaluations.mode == run_pb2.EVALUATION_MODE_ASYNC


def test_skipped_evaluations_are_not_asked_for():
    plan = asked({}, {"evalOptions": {"runMode": "skip", "runs": [{"flowEvalId": "E"}]}}).evaluations
    assert plan == run_pb2.EvaluationPlan(mode="EVALUATION_MODE_SKIP")


# What the core refuses.


def invalid(reason, *paths):
    violations = [Violation(path, reason, "is wrong") for path in paths]
    return CoreError(grpc.StatusCode.INVALID_ARGUMENT, reason, "No.", violations=violations)


@pytest.mark.parametrize(
    ("reason", "path", "place"),
    [
        ("INVALID_INPUT", "text_input", "body.text_input"),
        ("INVALID_INPUT", "", "body"),
        ("INVALID_INPUT", "[0].a", "body[0].a"),
        ("INVALID_OVERRIDE", "overrides.a b.text", "options.override.a b.text"),
        ("NOT_AN_EVALUATION", "evaluations.requests[3].flow_id", "options.evalOptions.runs[3].flowEvalId"),
        (
            "INVALID_ARGUMENT",
            "evaluations.requests[0].external_json",
            "options.evalOptions.runs[0].flowEvalExternalInput",
        ),
        ("INVALID_ARGUMENT", "input_json", "body"),
        ("INVALID_ARGUMENT", "overrides_json", "options.override"),
        ("INVALID_ARGUMENT", "version", "options.version"),
        ("INVALID_ARGUMENT", "request_id", "Idempotency-Key"),
        ("INVALID_ARGUMENT", "chat.variables_json", "params[1]"),
        ("INVALID_ARGUMENT", "other", "other"),
    ],
)
def test_violations_are_placed_in_the_body_that_was_sent(reason, path, place):
    refused = told(in_terms_of_run(invalid(reason, path), "", ""))
    assert (refused.status, refused.code) == (400, reason)
    assert refused.details == {"violations": [{"path": place, "message": "is wrong"}]}


def test_a_reason_that_this_api_does_not_have_is_an_invalid_argument():
    refused = told(in_terms_of_body(invalid("FLOW_NOT_CHAT_COMPATIBLE")))
    assert (refused.code, refused.message) == ("INVALID_ARGUMENT", "The request is not valid.")
    assert refused.details == {"violations": [{"path": "", "message": "No."}]}


@pytest.mark.parametrize(
    ("code", "status", "headers"),
    [
        ("FAILED_PRECONDITION", 409, {}),
        ("ABORTED", 409, {}),
        ("RESOURCE_EXHAUSTED", 429, {"retry-after": "1"}),
        ("UNAVAILABLE", 503, {"retry-after": "1"}),
        ("DEADLINE_EXCEEDED", 504, {"retry-after": "1"}),
    ],
)
def test_refusals_that_pass_say_when_to_come_back(code, status, headers):
    refused = told(CoreError(grpc.StatusCode[code], "REASON", "Why."))
    assert (refused.status, refused.code, refused.message, refused.headers) == (
        status,
        "REASON",
        "Why.",
        headers,
    )


def test_a_bug_tells_nothing():
    refused = told(internal_error())
    assert (refused.status, refused.code, refused.message) == (500, "INTERNAL", "Internal server error.")
    assert told(unavailable()).status == 503
