"""Makes the language model that the settings name."""

from typing import TYPE_CHECKING

from flowgen_core.settings import LlmSettings

if TYPE_CHECKING:
    from flowgen_core.runtime.outbound.openai_model import OpenAiModel


def make_model(settings: LlmSettings) -> "OpenAiModel | None":
    """Gives the model behind the settings' endpoint, None without one. Close it at the end."""
    if not settings.base_url:
        return None
    # A second of imports that only those with a model wait for.
    from flowgen_core.runtime.outbound.openai_model import OpenAiModel  # noqa: PLC0415

    return OpenAiModel(settings)
