"""The error shape of this dialect: `{"errors": [{"code", "status", "title", "detail", "source"}]}`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from flowgen_gateway.errors import Refusal

VALIDATION_ERROR = "Validation Error"
MOST_ERRORS = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """One entry of `errors`. `source` has one of `pointer`, `parameter` and `header`, or nothing."""

    status: int
    code: str
    detail: str
    source: Mapping[str, str] = field(default_factory=dict)


class Refused(Refusal):
    """A request that is answered with problems, all of the same status.

    `judged` says that the core has seen the caller's credential already. Where it has not, the credential,
    and with `scope` what it may do, is judged before the refusal is told.
    """

    def __init__(
        self,
        *problems: Problem,
        headers: Mapping[str, str] | None = None,
        judged: bool = False,
        scope: str = "",
    ) -> None:
        super().__init__(problems[0].detail)
        self.problems = problems
        self.headers = dict(headers or {})
        self.judged = judged
        self.scope = scope

    @property
    def status(self) -> int:
        """The HTTP status of the answer."""
        return self.problems[0].status


def invalid(code: str, pointer: str, detail: str) -> Problem:
    """Makes the 422 problem of a value in the body."""
    return Problem(422, code, detail, {"pointer": pointer})


def bad_document(pointer: str, detail: str = "A JSON object is expected.") -> Refused:
    """Makes the refusal of a body that is JSON but no document."""
    return Refused(Problem(400, "invalid_document", detail, {"pointer": pointer}))


def bad_parameter(parameter: str, detail: str, code: str = "invalid_query_parameter") -> Refused:
    """Makes the refusal of a query parameter; `parameter` is its name as it was sent."""
    return Refused(Problem(400, code, detail, {"parameter": parameter}))


def not_found(what: str, scope: str = "") -> Refused:
    """Makes the refusal of an id or path that leads nowhere."""
    return Refused(Problem(404, "not_found", f"{what} not found"), scope=scope)


def method_not_allowed(allowed: Sequence[str]) -> Refused:
    """Makes the refusal of a method that a path does not have."""
    problem = Problem(405, "method_not_allowed", f"Use {' or '.join(allowed)}.")
    return Refused(problem, headers={"Allow": ", ".join(allowed)})


def error_document(problems: Sequence[Problem]) -> dict[str, Any]:  # JSON
    """Draws the body of an error answer."""
    return {"errors": [_entry(problem) for problem in problems[:MOST_ERRORS]]}


def _entry(problem: Problem) -> dict[str, Any]:  # JSON
    title = VALIDATION_ERROR if problem.status == 422 else HTTPStatus(problem.status).phrase
    if problem.status == 413:
        title = "Payload Too Large"  # the phrase differs between versions of Python
    entry = {"code": problem.code, "status": str(problem.status), "title": title, "detail": problem.detail}
    return entry | ({"source": dict(problem.source)} if problem.source else {})
