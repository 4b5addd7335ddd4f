"""Whose credential a request carries: resources name their customer, and the core's do not."""

import hashlib
from collections import OrderedDict

from starlette.requests import Request

from flowgen_gateway.core import CoreClient
from flowgen_gateway.dialects.voipbin.http import credential_of

MOST_KEPT = 10_000


class Projects:
    """Remembers the project of each credential: a credential never changes its project.

    Nothing is allowed because of it: the core judges the credential of each call.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, str] = OrderedDict()

    async def project_of(self, request: Request, client: CoreClient) -> str:
        """Tells the id of the caller's project. Raises CoreError."""
        credential = hashlib.sha256((credential_of(request) or "").encode()).digest()
        if credential not in self._kept:
            self._kept[credential] = (await client.caller()).project.id
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return self._kept[credential]
