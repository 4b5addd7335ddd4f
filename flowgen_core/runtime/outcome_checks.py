"""Holds actions to what the plugin API asks of them: a bad outcome is the action's failure, not the server's."""

from datetime import datetime
from typing import Any

from flowgen_core.model import jsontext
from flowgen_core.model.outcomes import Call, End, EndState, Jump, Next, Outcome, Wait, WaitKind, Yield


# Whatever a plugin returned.
def checked(outcome: Any) -> Outcome:
    """Gives the outcome as it is. Raises TypeError with what is wrong."""
    match outcome:
        case Next() | Yield():
            pass
        case Jump(target_id=target):
            _text(target, "Jump.target_id")
        case Call(flow_id=flow_id, actions=actions):
            _text(flow_id, "Call.flow_id")
            _need(bool(flow_id) or isinstance(actions, tuple), "Call needs a flow or actions")
        case Wait(kind=kind, prompt=prompt, until=until):
            _need(isinstance(kind, WaitKind), "Wait.kind must be a WaitKind")
            _need(prompt is None or isinstance(prompt, str), "Wait.prompt must be text or None")
            _need(until is None or _is_aware(until), "Wait.until must be a datetime with a time zone")
        case End(state=state, output=output, reason=reason):
            _need(isinstance(state, EndState), "End.state must be an EndState")
            _text(reason, "End.reason")
            _need(output is None or isinstance(output, dict), "End.output must be a dict")
            jsontext.dump(output)
        case _:
            raise TypeError(f"the action returned {type(outcome).__name__} instead of an outcome")
    valid: Outcome = outcome
    return valid


def check_said(text: Any, responses: Any, sender: Any, receiver: Any) -> None:
    """Judges what an action says. Raises TypeError."""
    for name, value in (("text", text), ("sender", sender), ("receiver", receiver)):
        _text(value, name)
    for response in responses or ():
        whole = isinstance(response.get("type"), str) and isinstance(response.get("payload"), dict)
        _need(whole, "each response needs a text `type` and an object `payload`")


def _text(value: Any, name: str) -> None:
    _need(isinstance(value, str), f"{name} must be text")


def _is_aware(time: Any) -> bool:
    return isinstance(time, datetime) and time.tzinfo is not None


def _need(holds: bool, message: str) -> None:
    if not holds:
        raise TypeError(message)
