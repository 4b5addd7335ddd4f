"""Runs actions that a server gives."""

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from flowgen_core.api import Action, ActionError, ActionType, Call, Context, HttpFailed, HttpRefused, Outcome
from flowgen_plugins import loose
from flowgen_plugins.requests import new_id

LONGEST_ID = 255
# Places in a run that are no actions: its start, its finish, and one kept free.
RESERVED = frozenset(f"{loose.NIL_ID[:-1]}{number}" for number in (1, 2, 3))


class Fetched(BaseModel):
    """One action as the server gives it."""

    model_config = ConfigDict(extra="ignore")

    id: loose.Text = ""
    type: loose.Text = ""
    title: loose.Text = ""
    next_id: loose.Text = ""
    # Any JSON object; the action type judges it when it runs.
    option: dict[str, Any] | None = None


FETCHED = TypeAdapter(list[Fetched])


class Fetch(ActionType):
    """Asks a server for actions, runs them, then goes on.

    The server gets `{"activeflow_id", "reference_id"}` as JSON and must answer 200 within 10 seconds with a JSON
    array of actions, at most 1 MiB.
    """

    name = "fetch"

    class Option(loose.Sparse):
        """Where the actions come from."""

        event_url: str = Field(min_length=1, description="The server's URL, http or https.")
        event_method: Literal["GET", "POST"] = Field("GET", description="The HTTP method.")

    async def run(self, ctx: Context, option: Option) -> Outcome:
        """Fetches the actions and calls them."""
        return Call(actions=tuple(_action(ctx, one) for one in await _fetch(ctx, option)))


async def _fetch(ctx: Context, option: Fetch.Option) -> list[Fetched]:
    asked = {"activeflow_id": ctx.run_id, "reference_id": ctx.chat_id or loose.NIL_ID}
    headers = {"Content-Type": "application/json", "Idempotency-Key": f"{ctx.run_id}/{ctx.move}"}
    body = json.dumps(asked).encode()
    try:
        answer = await ctx.http.request(option.event_method, option.event_url, headers=headers, body=body)
    except (HttpFailed, HttpRefused) as error:
        raise ActionError(f"The actions could not be fetched: {error}", reason="FETCH_FAILED") from error
    if answer.status != 200:
        raise ActionError(f"The actions could not be fetched: HTTP {answer.status}", reason="FETCH_FAILED")
    try:
        return FETCHED.validate_json(answer.body)
    except ValidationError as error:
        raise ActionError(
            f"What was fetched is no JSON array of actions: {_first(error)}", reason="FETCH_FAILED"
        ) from error


def _first(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in found['loc'])} {found['msg']}".strip()


def _action(ctx: Context, one: Fetched) -> Action:
    named = loose.names(one.id) and len(one.id) <= LONGEST_ID and one.id not in RESERVED
    return Action(
        id=one.id if named else new_id(ctx.random),
        type=one.type,
        title=one.title,
        option=one.option or {},
        next_id=one.next_id if loose.names(one.next_id) else "",
    )
