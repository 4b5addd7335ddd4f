"""Errors on the wire: every reason has its code, and the details fit into what clients accept."""

import re
from pathlib import Path

import grpc
import pytest
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo

from flowgen_core.model.errors import FlowGenError, Reason, Violation, invalid
from flowgen_core.pb.v1 import error_pb2
from flowgen_core.services.errors import CODES, to_status


def details(error: FlowGenError) -> dict:
    found = {}
    for packed in to_status(error).details:
        for kind in (ErrorInfo, BadRequest, RetryInfo):
            if packed.Is(kind.DESCRIPTOR):
                found[kind] = kind()
                packed.Unpack(found[kind])
    return found


def test_every_reason_has_a_code_and_stands_in_the_contract():
    assert set(CODES) == set(Reason)
    for reason in Reason:
        assert error_pb2.ErrorReason.Value(f"ERROR_REASON_{reason}")


def test_the_codes_are_those_that_the_contract_names():
    source = (Path(__file__).parents[2] / "protos/flowgen/v1/error.proto").read_text()
    comments = re.findall(r"  // ([A-Z_]+): .*\n(?:  // .*\n)*  ERROR_REASON_([A-Z_]+) = ", source)
    promised = {name: code for code, name in comments}
    assert {reason.value: code.name for reason, code in CODES.items()}.items() <= promised.items()


def test_an_error_tells_its_reason_its_domain_and_its_facts():
    error = FlowGenError(Reason.CHAT_NOT_FOUND, "There is no such chat.", {"id": "x"})
    status, info = to_status(error), details(error)[ErrorInfo]
    assert (status.code, status.message) == (grpc.StatusCode.NOT_FOUND.value[0], "There is no such chat.")
    assert (info.reason, info.domain, dict(info.metadata)) == ("CHAT_NOT_FOUND", "flowgen", {"id": "x"})


def test_a_bad_field_comes_with_its_own_reason():
    field = details(invalid("name", "REQUIRED", "must not be empty"))[BadRequest].field_violations[0]
    assert (field.field, field.reason, field.description) == ("name", "REQUIRED", "must not be empty")


def test_when_to_come_back_is_told_where_it_helps():
    error = FlowGenError(Reason.OVERLOADED, "Too much.", retry_after=1.5)
    assert details(error)[RetryInfo].retry_delay.ToMilliseconds() == 1500
    assert RetryInfo not in details(FlowGenError(Reason.CONFLICT, "Changed."))


@pytest.mark.parametrize("count", [1, 40, 1000])
@pytest.mark.parametrize("length", [10, 400, 100_000])
def test_details_stay_small_and_count_what_was_left_out(count, length):
    violations = [Violation(f"actions[{n}]", "BAD_OPTION", "é" * length) for n in range(count)]
    error = FlowGenError(Reason.INVALID_FLOW, "x" * length, {"flow": "y" * length}, violations)
    assert len(to_status(error).SerializeToString()) < 5500
    found = details(error)
    kept = len(found[BadRequest].field_violations)
    assert kept + int(found[ErrorInfo].metadata.get("violations_omitted", 0)) == count


def test_a_lone_surrogate_in_a_text_spoils_no_answer():
    assert to_status(FlowGenError(Reason.INVALID_ARGUMENT, "\ud800")).message == "?"
