"""A REST client small enough for the demo: JSON in, JSON out, one connection."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from flowgen_cli.errors import CliError

TIMEOUT = 60


class Rest:
    """Sends JSON to a server with an API key."""

    def __init__(self, url: str, api_key: str) -> None:
        place = urlsplit(url)
        self._connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=TIMEOUT)
        self._headers = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}

    # The bodies are documents of the APIs: the demo knows what is in them.
    def post(self, path: str, body: object, expect: int) -> Any:
        """Posts a body and gives the answer's. Raises CliError unless the status is `expect`."""
        try:
            self._connection.request("POST", path, json.dumps(body), self._headers)
            answer = self._connection.getresponse()
            text = answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            raise CliError(f"POST {path} failed: {error}.") from error
        if answer.status != expect:
            raise CliError(f"POST {path} answered {answer.status}, not {expect}: {text}")
        return json.loads(text)
