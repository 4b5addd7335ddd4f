"""Action types of telephone flows. Those that have a text form work in chats too; the others need a call."""

from collections.abc import Callable

from flowgen_core.api import ActionType, VariableSource, hookimpl
from flowgen_plugins.telephony.conditions import ConditionCallDigits, ConditionCallStatus
from flowgen_plugins.telephony.digits import DigitsReceive
from flowgen_plugins.telephony.handover import ConfbridgeJoin, ConferenceJoin, Connect, QueueJoin
from flowgen_plugins.telephony.line import Answer, Beep, Hangup, Mute
from flowgen_plugins.telephony.media import ExternalMediaStart, ExternalMediaStop
from flowgen_plugins.telephony.play import Play
from flowgen_plugins.telephony.recording import (
    RecordingStart,
    RecordingStop,
    TranscribeRecording,
    TranscribeStart,
    TranscribeStop,
)
from flowgen_plugins.telephony.talk import Talk
from flowgen_plugins.telephony.variables import CallVariables
from flowgen_plugins.telephony.voice import Amd, DigitsSend, Echo, StreamEcho

IN_CHATS = (
    Answer, Beep, ConditionCallDigits, ConditionCallStatus, ConfbridgeJoin, ConferenceJoin, Connect,
    DigitsReceive, Hangup, Mute, Play, QueueJoin, Talk,
)  # fmt: skip
ON_CALLS = (
    Amd, DigitsSend, Echo, ExternalMediaStart, ExternalMediaStop, RecordingStart, RecordingStop, StreamEcho,
    TranscribeRecording, TranscribeStart, TranscribeStop,
)  # fmt: skip


@hookimpl
def register_action_types(register: Callable[[ActionType], None]) -> None:
    """Registers the action types of this plugin."""
    for kind in (*IN_CHATS, *ON_CALLS):
        register(kind())


@hookimpl
def register_variable_sources(register: Callable[[VariableSource], None]) -> None:
    """Registers the variables `voipbin.…` that tell about the run and its chat."""
    register(CallVariables())
