"""What telephone actions share that work as text."""

from flowgen_core.api import Medium

# A run without a chat passes them over.
TALKING = frozenset({Medium.CHAT, Medium.VOICE})
DIGITS = "voipbin.call.digits"
STATUS = "voipbin.call.status"
