"""A link, and a link to a LinkedIn profile."""

import re
from urllib.parse import SplitResult, urlsplit

from flowgen_plugins.conversation.answers.asked import Asked, Taken

_LONGEST = 2048
_LABEL = re.compile(r"[^\W_](?:[\w-]*[^\W_])?")
_FORBIDDEN = re.compile(r"[<>\"\\^`{|}]")
_PROFILE = re.compile(r"/?in/([\w%-]{1,100})/?")


def take(text: str, _asked: Asked) -> Taken | None:
    """Saves the only link in the text; `https://` is put before a bare host."""
    link = _only_link(text)
    return Taken(link) if link else None


def take_linkedin(text: str, _asked: Asked) -> Taken | None:
    """Saves a link to linkedin.com or below it; `in/name` is completed."""
    profile = _PROFILE.fullmatch(text.strip())
    if profile:
        return Taken(f"https://www.linkedin.com/in/{profile[1]}")
    link = _only_link(text)
    host = (urlsplit(link).hostname or "") if link else ""
    return Taken(link) if link and (host == "linkedin.com" or host.endswith(".linkedin.com")) else None


def _only_link(text: str) -> str | None:
    links = {link for link in map(_link, _dotted(text)) if link}
    return links.pop() if len(links) == 1 else None


def _dotted(text: str) -> list[str]:
    return [word for word in text.split() if "." in word]


def _link(word: str) -> str | None:
    bare = word.strip("<>()[]\"'.,;!?")
    link = bare if "://" in bare else f"https://{bare}"
    if len(link) > _LONGEST or not link.isprintable() or _FORBIDDEN.search(link):
        return None
    return link if _is_web(link) else None


def _is_web(link: str) -> bool:
    try:
        parts = urlsplit(link)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and port != 0 and "@" not in parts.netloc and _has_host(parts)


def _has_host(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    labels = host.split(".")
    is_host = len(labels) > 1 and all(len(label) <= 63 and _LABEL.fullmatch(label) for label in labels)
    return is_host and len(host) <= 253 and "_" not in labels[-1] and labels[-1][:2].isalpha()
