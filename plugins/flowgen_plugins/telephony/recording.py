"""Recording and transcribing calls."""

from typing import Literal

from pydantic import Field

from flowgen_plugins import loose
from flowgen_plugins.telephony.voice import VoiceOnly


class RecordingStart(VoiceOnly):
    """Begins to record the call. Only on calls."""

    name = "recording_start"

    class Option(loose.Sparse):
        """How it is recorded, and what ends it."""

        format: Literal["wav", "mp3", "ogg"] = Field("wav", description="The format of the file.")
        end_of_silence: int = Field(0, description="Seconds of silence that end it; 0 is never.")
        end_of_key: Literal["none", "any", "*", "#"] = Field("none", description="The key that ends it.")
        duration: int = Field(0, description="Seconds at most; 0 is no limit.")
        beep_start: bool = Field(False, description="Whether a beep is heard first.")
        on_end_flow_id: str = Field("", description="The flow that runs when it has ended.")


class RecordingStop(VoiceOnly):
    """Ends the recording. Only on calls."""

    name = "recording_stop"

    class Option(loose.Option):
        """Nothing to say."""


class Transcribing(loose.Sparse):
    """How speech is written down."""

    language: str = Field("", description="BCP 47 language that is spoken.")
    provider: Literal["", "gcp", "aws"] = Field("", description="Who writes it down.")
    direction: Literal["in", "out", "both"] = Field("both", description="Which side is written down.")
    on_end_flow_id: str = Field("", description="The flow that runs when it has ended.")


class TranscribeStart(VoiceOnly):
    """Begins to write down what is said. Only on calls."""

    name = "transcribe_start"

    class Option(Transcribing):
        """How it is written down."""


class TranscribeRecording(VoiceOnly):
    """Writes down a recording. Only on calls."""

    name = "transcribe_recording"

    class Option(Transcribing):
        """How it is written down."""


class TranscribeStop(VoiceOnly):
    """Ends the writing down. Only on calls."""

    name = "transcribe_stop"

    class Option(loose.Option):
        """Nothing to say."""
