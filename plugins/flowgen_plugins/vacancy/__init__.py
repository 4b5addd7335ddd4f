"""The flow type `vacancy_application_flow`: a conversation in which somebody applies for a job."""

from collections.abc import Callable, Mapping
from typing import Any

from flowgen_core.api import (
    ActionType,
    FlowType,
    GenerationContext,
    InvalidParameters,
    Violation,
    hookimpl,
)
from flowgen_plugins.vacancy.end import ApplicationEnd
from flowgen_plugins.vacancy.flow import FLOW_TYPE, VERSION, write_flow
from flowgen_plugins.vacancy.parameters import VacancyContext, VacancyParameters


class VacancyApplicationFlow(FlowType):
    """Asks an applicant the requirements and fields of a vacancy, offers a talk and sums up.

    Needs no language model: the same parameters give the same questions.
    """

    name, version, cost = FLOW_TYPE, VERSION, 1

    class Parameters(VacancyParameters):
        """What the conversation asks, in which language and tone."""

    class Context(VacancyContext):
        """The text of the vacancy."""

    # The values to judge are any JSON.
    def check(self, parameters: Any, context: Any) -> tuple[Any, Any]:
        """Judges parameters and context; without a vacancy id a context is required."""
        named = isinstance(parameters, dict) and parameters.get("vacancyId") is not None
        missing = Violation("context", "REQUIRED", "is required unless parameters.vacancyId is set")
        violations = [] if named or context is not None else [missing]
        try:
            judged = super().check(parameters, context)
        except InvalidParameters as error:
            raise InvalidParameters([*violations, *error.violations][:100]) from None
        if violations:
            raise InvalidParameters(violations)
        return judged

    # The base class leaves these types to each flow type.
    async def generate(self, ctx: GenerationContext, parameters: Any, context: Any) -> Mapping[str, Any]:
        """Writes the flow."""
        return write_flow(ctx.generation_id, parameters, context)


@hookimpl
def register_flow_types(register: Callable[[FlowType], None]) -> None:
    """Registers `vacancy_application_flow`."""
    register(VacancyApplicationFlow())


@hookimpl
def register_action_types(register: Callable[[ActionType], None]) -> None:
    """Registers `application_end`."""
    register(ApplicationEnd())
