"""What telephone flows may read without anybody having set it: `voipbin.…`."""

import json

from flowgen_core.api import JsonValue, RunFacts
from flowgen_plugins.loose import NIL_ID

PREFIX = "voipbin."


class CallVariables:
    """Tells about the run and its chat, so that flows made for calls work as text.

    The bot's side of the chat is `self` and `destination`, the person's is `peer` and `source`.
    """

    prefix = PREFIX

    def get(self, name: str, facts: RunFacts) -> JsonValue:
        """Gives the value of a variable, or None where there is none of this name."""
        if name == "voipbin.flow.reference_data":
            return json.dumps({"id": facts.chat_id}, separators=(",", ":")) if facts.chat_id else ""
        found = _of_run(facts).get(name)
        if found is None and facts.chat_id:
            found = _of_chat(facts).get(name)
        return found


def _of_run(facts: RunFacts) -> dict[str, str]:
    return {
        "voipbin.activeflow.id": facts.run_id,
        "voipbin.activeflow.reference_type": "conversation" if facts.chat_id else "api",
        "voipbin.activeflow.reference_id": facts.chat_id or NIL_ID,
        "voipbin.activeflow.reference_activeflow_id": facts.parent_id or NIL_ID,
        "voipbin.activeflow.flow_id": facts.flow_id or NIL_ID,
        "voipbin.activeflow.complete_count": str(facts.depth),
    }


def _of_chat(facts: RunFacts) -> dict[str, str]:
    return {
        "voipbin.conversation.id": facts.chat_id,
        "voipbin.conversation.owner_id": NIL_ID,
        "voipbin.conversation_message.id": facts.message_id,
        "voipbin.conversation_message.text": facts.message_text,
        "voipbin.conversation_message.direction": "incoming",
        "voipbin.message.text": facts.message_text,
        "voipbin.call.id": facts.chat_id,
        "voipbin.call.direction": "incoming",
        "voipbin.call.status": "progressing",
        **_address("voipbin.conversation.peer", facts.human),
        **_address("voipbin.conversation.self", ""),
        **_address("voipbin.call.source", facts.human),
        **_address("voipbin.call.destination", ""),
    }


def _address(prefix: str, target: str) -> dict[str, str]:
    parts = {"type": "", "target": target, "target_name": "", "name": "", "detail": ""}
    return {f"{prefix}.{part}": value for part, value in parts.items()}
