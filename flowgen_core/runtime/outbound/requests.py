"""Judges what users want to be sent by HTTP, before anything is."""

import re
from collections.abc import Mapping

from multidict import CIMultiDict
from yarl import URL

from flowgen_core.model.outside import HttpRefused

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
LONGEST_URL = 8192
# They say where a message ends: with them one request could smuggle another into a shared connection.
_FRAMING = frozenset(
    {"connection", "content-length", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNSEEN = re.compile(r"[\x00-\x20\x7f-\x9f\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")


def judged_method(method: str) -> str:
    """Gives the method in capitals. Raises `HttpRefused` for one that is not in `METHODS`."""
    if method.upper() not in METHODS:
        raise HttpRefused(f"The method must be one of {', '.join(sorted(METHODS))}.")
    return method.upper()


def judged_url(url: str) -> URL:
    """Reads a URL. Raises `HttpRefused` unless it is a plain http or https URL."""
    if len(url) > LONGEST_URL or _UNSEEN.search(url) or "\\" in url:
        raise HttpRefused("The URL is too long, or has blanks, backslashes or control characters.")
    try:
        read = URL(url)
        host, port = read.host, read.port
    except ValueError as error:
        raise HttpRefused("The URL cannot be read.") from error
    if read.scheme not in ("http", "https") or not host or not port:
        raise HttpRefused("The URL must begin with `http://` or `https://` and name a host.")
    if "@" in read.raw_authority:
        raise HttpRefused("The URL must not hold a user or password.")
    return read


def judged_headers(headers: Mapping[str, str]) -> CIMultiDict[str]:
    """Copies headers. Raises `HttpRefused` for those that cannot be sent or belong to the connection."""
    for name, value in headers.items():
        if not _NAME.fullmatch(name) or _CONTROL.search(value):
            raise HttpRefused("A header's name or value has characters that cannot be sent.")
        if name.lower() in _FRAMING:
            raise HttpRefused(f"The header `{name}` belongs to the connection and cannot be set.")
    return CIMultiDict(headers)
