"""The flow type `satisfaction_survey`."""

from collections.abc import Mapping
from typing import Any

from flowgen_core.api import FlowType, GenerationContext
from pydantic import Field

from flowgen_survey.rating import Rating


class SatisfactionSurvey(FlowType):
    """Asks how something was and, where the score is low, what should be better."""

    name, version, cost = "satisfaction_survey", 1, 1

    # The base class's model refuses members that it does not know; deriving from it keeps that.
    class Parameters(FlowType.Parameters):
        """What is rated, and how."""

        subject: str = Field(min_length=1, max_length=100, description="What is rated, such as `your stay`.")
        highest: int = Field(default=5, ge=3, le=10, description="The best score; the worst is 1.")

    # The base class leaves the types of what `check` gives to each flow type.
    async def generate(self, ctx: GenerationContext, parameters: Any, context: Any) -> Mapping[str, Any]:
        """Writes the flow; the same parameters give the same flow."""
        return {
            "name": f"Survey: {parameters.subject}",
            "actions": [
                _rate(parameters.subject, parameters.highest),
                _say("thanks", "Thank you! We are glad to hear that.", next_id="end"),
                _ask_why(),
                _say("noted", "Thank you, we will work on it."),
                {"id": "end", "type": "stop"},
            ],
        }


def _rate(subject: str, highest: int) -> dict[str, Any]:
    option = {
        "text": f"How was {subject}? 1 is bad, {highest} is great.",
        "variable": "score",
        "highest": highest,
        "low_until": highest // 2,
        "low_target_id": "why",
        "no_answer_target_id": "end",
        "timeout_seconds": 24 * 3600,
    }
    return {"id": "rate", "type": Rating.name, "option": option}


def _ask_why() -> dict[str, Any]:
    option = {"text": "We are sorry. What should we do better?", "variable": "comment"}
    return {"id": "why", "type": "ask", "option": option}


def _say(action_id: str, text: str, next_id: str = "") -> dict[str, Any]:
    return {"id": action_id, "type": "say", "option": {"text": text}, "next_id": next_id}
