"""A plugin for FlowGen: the action type `rating` and the flow type `satisfaction_survey`."""

from collections.abc import Callable

from flowgen_core.api import ActionType, FlowType, hookimpl

from flowgen_survey.rating import Rating
from flowgen_survey.survey import SatisfactionSurvey


@hookimpl
def register_action_types(register: Callable[[ActionType], None]) -> None:
    """Registers `rating`."""
    register(Rating())


@hookimpl
def register_flow_types(register: Callable[[FlowType], None]) -> None:
    """Registers `satisfaction_survey`."""
    register(SatisfactionSurvey())
