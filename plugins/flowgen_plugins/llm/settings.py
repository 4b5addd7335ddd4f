"""The settings of this plugin, read from the environment."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class LlmSettings(BaseSettings):
    """What the operator tells the actions that ask a language model."""

    model_config = SettingsConfigDict(env_prefix="FLOWGEN_", extra="ignore")

    assistants: dict[str, str] = Field(
        {}, description="System prompts by `assistance_id`, as a JSON object; for `ai_talk` and `ai_task`."
    )
