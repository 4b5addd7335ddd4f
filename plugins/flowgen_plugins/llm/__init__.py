"""Action types that ask a language model: replies, agents, and talks, tasks and summaries by an assistant."""

from collections.abc import Callable

from flowgen_core.api import ActionType, hookimpl
from flowgen_plugins.llm.agent import Agent
from flowgen_plugins.llm.ai_summary import AiSummary
from flowgen_plugins.llm.ai_talk import AiTalk
from flowgen_plugins.llm.ai_task import AiTask
from flowgen_plugins.llm.group import AgentGroup
from flowgen_plugins.llm.reply import ReplyWithLlm
from flowgen_plugins.llm.settings import LlmSettings


@hookimpl
def register_action_types(register: Callable[[ActionType], None]) -> None:
    """Registers the action types of this plugin."""
    assistants = LlmSettings().assistants
    for kind in (
        Agent(),
        AgentGroup(),
        AiSummary(),
        AiTalk(assistants),
        AiTask(assistants),
        ReplyWithLlm(),
    ):
        register(kind)
