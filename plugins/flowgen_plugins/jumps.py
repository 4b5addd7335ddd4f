"""Where conditions go when they are false."""

from flowgen_core.api import ActionError, Jump
from flowgen_plugins import loose


def jump_when_false(target_id: str) -> Jump:
    """Jumps to the action for false; raises `TARGET_NOT_FOUND` where none is named."""
    if not loose.names(target_id):
        raise ActionError("`false_target_id` names no action.", reason="TARGET_NOT_FOUND")
    return Jump(target_id)
