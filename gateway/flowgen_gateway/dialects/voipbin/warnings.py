"""What is doubtful in a flow and is told as a number: the core's problems, and those of this API alone."""

from collections.abc import Sequence

from grpc import StatusCode

from flowgen_core.pb.v1.flow_pb2 import Flow, Problem, ValidateFlowRequest
from flowgen_gateway.core import CoreClient
from flowgen_gateway.dialects.voipbin import ids
from flowgen_gateway.dialects.voipbin.schemas import ActionIn
from flowgen_gateway.errors import CoreError

HEADER = "X-Flow-Warnings"
CODES = frozenset(
    {
        "DANGLING_TARGET",
        "DUPLICATE_ID",
        "UNREACHABLE_ACTION",
        "MISSING_OPTION",
        "BAD_OPTION",
        "UNKNOWN_OPTION",
        "UNKNOWN_FLOW",
        "NESTED_TYPE",
    }
)


async def count_problems(client: CoreClient, flow: Flow) -> int | None:
    """Has the core check a flow and counts what it finds; None for a credential that may only write."""
    try:
        answer = await client.call(client.core.flows.ValidateFlow, ValidateFlowRequest(flow=flow))
    except CoreError as error:
        if error.code is StatusCode.PERMISSION_DENIED:
            return None
        raise
    return count(answer.problems)


def count(problems: Sequence[Problem]) -> int:
    """Counts the problems that this API knows, each once a place."""
    return len({(problem.code, problem.path) for problem in problems if problem.code in CODES})


def odd_ids(actions: Sequence[ActionIn]) -> int:
    """Counts the actions whose id is replaced, or looks like a UUID and is none."""
    named = [ids.named(action.id) for action in actions]
    return sum(ids.is_replaced(id) or ids.is_malformed(id) for id in named)


def bad_reference(flow_id: str | None) -> bool:
    """Tells whether the id of another flow is none, so that it counts as not given."""
    name = ids.named(flow_id)
    return bool(name) and ids.canonical_id(name) is None
