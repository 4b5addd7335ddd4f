"""Which texts begin with an emoji, and from which level."""

_LEVELS = {
    "greeting": (1, "👋"),
    "accepted": (2, "🎉"),
    "summary": (3, "📋"),
    "appointment": (3, "📅"),
    "retry": (4, "🤔"),
    "reminder": (4, "⏰"),
    "question": (5, "👉"),
}


def decorate(text: str, occasion: str, level: int) -> str:
    """Puts the emoji of an occasion before a text, where `level` (0–5) is high enough for it."""
    needed, emoji = _LEVELS[occasion]
    return f"{emoji} {text}" if level >= needed else text
