import grpc
import pytest
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2
from grpc.aio import AioRpcError, Metadata

from flowgen_gateway.errors import HTTP_STATUS, Violation, core_error


def packed(*details: object) -> list[Any]:
    anys = []
    for detail in details:
        holder = Any()
        holder.Pack(detail)
        anys.append(holder)
    return anys


def rpc_error(code: grpc.StatusCode, message: str, *details: object) -> AioRpcError:
    status = status_pb2.Status(code=code.value[0], message=message, details=packed(*details))
    trailing = Metadata(("grpc-status-details-bin", status.SerializeToString())) if details else Metadata()
    return AioRpcError(code, Metadata(), trailing, message, None)


def test_reason_metadata_violations_and_retry_are_read() -> None:
    error = core_error(
        rpc_error(
            grpc.StatusCode.INVALID_ARGUMENT,
            "Two fields are wrong.",
            error_details_pb2.ErrorInfo(reason="INVALID_FLOW", domain="flowgen", metadata={"a": "b"}),
            error_details_pb2.BadRequest(
                field_violations=[
                    {"field": "actions[0].type", "reason": "INVALID_ACTION_TYPE", "description": "no"}
                ]
            ),
            error_details_pb2.RetryInfo(retry_delay=Duration(seconds=1, nanos=1)),
        )
    )
    assert (error.reason, error.message, error.metadata) == (
        "INVALID_FLOW",
        "Two fields are wrong.",
        {"a": "b"},
    )
    assert error.violations == [Violation("actions[0].type", "INVALID_ACTION_TYPE", "no")]
    assert error.retry_after == 2


@pytest.mark.parametrize(
    ("code", "reason", "status"),
    [
        (grpc.StatusCode.UNAVAILABLE, "UNAVAILABLE", 503),
        (grpc.StatusCode.CANCELLED, "UNAVAILABLE", 503),
        (grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED", 504),
        (grpc.StatusCode.UNKNOWN, "INTERNAL", 500),
        (grpc.StatusCode.UNIMPLEMENTED, "INTERNAL", 500),
        (grpc.StatusCode.DATA_LOSS, "INTERNAL", 500),
    ],
)
def test_what_grpc_itself_says_is_not_told_on(code: grpc.StatusCode, reason: str, status: int) -> None:
    error = core_error(rpc_error(code, "failed to connect to ipv4:10.0.0.7:50051"))
    assert (error.reason, error.http_status) == (reason, status)
    assert "10.0.0.7" not in error.message


def test_those_who_should_come_back_are_told_when() -> None:
    assert core_error(rpc_error(grpc.StatusCode.UNAVAILABLE, "")).retry_after == 1
    assert core_error(rpc_error(grpc.StatusCode.NOT_FOUND, "")).retry_after is None


def test_every_code_of_the_table_has_a_status_for_errors() -> None:
    assert all(400 <= status < 600 for status in HTTP_STATUS.values())
