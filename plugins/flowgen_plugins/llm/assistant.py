"""What the actions of assistants share: which prompt they have."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from flowgen_plugins import loose


class AssistantOption(loose.Sparse):
    """Which assistant it is."""

    assistance_type: Literal["", "ai", "team"] = Field("", description="Whether one assistant or a team.")
    assistance_id: str = Field("", description="Names the prompt among the setting `FLOWGEN_ASSISTANTS`.")
    ai_id: str = Field("", description="The old name of `assistance_id`.")
    initial_prompt: str = Field("", description="The system prompt; goes before all others.")
    prompt: str = Field("", description="The same, where there is no `initial_prompt`.")

    @property
    def assistant_id(self) -> str:
        """The assistant's id by either name."""
        return self.assistance_id or self.ai_id

    def system_prompt(self, assistants: Mapping[str, str]) -> str:
        """Gives the prompt; empty where there is none. `assistants` is prompts by id."""
        return self.initial_prompt or self.prompt or assistants.get(self.assistant_id, "")
