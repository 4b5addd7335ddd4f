"""Flows as clients send them, judged and made ready for the core."""

from dataclasses import dataclass

from flowgen_core.pb.v1.flow_pb2 import Flow
from flowgen_gateway.core import CoreClient
from flowgen_gateway.dialects.voipbin import ids
from flowgen_gateway.dialects.voipbin.action_types import ActionTypes, check_anonymous
from flowgen_gateway.dialects.voipbin.errors import one_field
from flowgen_gateway.dialects.voipbin.schemas import FlowIn
from flowgen_gateway.dialects.voipbin.translate import flow_of
from flowgen_gateway.dialects.voipbin.warnings import HEADER, bad_reference, count_problems, odd_ids

LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class Draft:
    """A flow for the core, and how much is doubtful in it; None where the credential may not know."""

    flow: Flow
    warnings: int | None

    @property
    def headers(self) -> dict[str, str]:
        """The header that tells of the warnings."""
        return {} if self.warnings is None else {HEADER: str(self.warnings)}


class Drafts:
    """Makes drafts."""

    def __init__(self, types: ActionTypes) -> None:
        self._types = types

    async def make(self, client: CoreClient, body: FlowIn, key: str) -> Draft:
        """Judges a flow and makes its draft; the same idempotency key makes the same one. Raises Refused."""
        _check_name(body.name or "")
        actions = body.actions or ()
        await self._types.check(client, actions)
        check_anonymous(actions)
        flow = flow_of(body, ids.id_maker(key))
        own = odd_ids(actions) + bad_reference(body.on_complete_flow_id)
        found = await count_problems(client, flow) if actions else 0
        return Draft(flow, None if found is None else own + found)


def _check_name(name: str) -> None:
    if len(name) > LONGEST_NAME:
        raise one_field("INVALID_ARGUMENT", "name", f"name must have at most {LONGEST_NAME} characters")
