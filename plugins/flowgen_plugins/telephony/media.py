"""Sound streams to and from other servers."""

from typing import Literal

from pydantic import Field

from flowgen_plugins import loose
from flowgen_plugins.telephony.voice import VoiceOnly

Direction = Literal["", "in", "out", "both"]


class ExternalMediaStart(VoiceOnly):
    """Begins to stream the call's sound to a server. Only on calls."""

    name = "external_media_start"

    class Option(loose.Sparse):
        """Where to, and how."""

        external_host: str = Field("", description="The server, as `host:port`.")
        encapsulation: Literal["rtp"] = Field("rtp", description="How sound is packed.")
        transport: Literal["udp"] = Field("udp", description="How it is sent.")
        transport_data: str = Field("", description="Data for the transport.")
        connection_type: Literal["client"] = Field("client", description="Who opens the connection.")
        format: Literal["ulaw"] = Field("ulaw", description="How sound is coded.")
        direction_listen: Direction = Field("", description="Which side is sent.")
        direction_speak: Direction = Field("", description="Which side hears what comes back.")
        data: str = Field("", description="Data that goes with it.")


class ExternalMediaStop(VoiceOnly):
    """Ends the stream. Only on calls."""

    name = "external_media_stop"

    class Option(loose.Option):
        """Nothing to say."""
