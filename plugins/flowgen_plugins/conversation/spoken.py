"""Text as it is said."""


def tidy(text: str) -> str:
    """Drops the blanks at the end of each line, which a variable without a value leaves behind."""
    return "\n".join(line.rstrip(" \t") for line in text.split("\n"))
