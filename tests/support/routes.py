"""Every route of the REST APIs, read from their description, and requests of any of them."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from tests.support.servers import Server

GENERATION = {
    "flowType": "vacancy_application_flow",
    "parameters": {"knockoutRequirements": [], "preferredRequirements": []},
    "context": {"type": "text", "value": "Cook in Ghent"},
}
VOIPBIN = ("/v1.0", "/flows", "/activeflows")
# The scope that a call needs, where it is not `read` for GET and `write` for the rest.
ADMIN = ("/admin", "/v1/admin", "PATCH /public/v2/organizations", "/public/v2/webhooks")


@dataclass(frozen=True)
class Route:
    """One method of one path. `queries` are the names of its query parameters."""

    method: str
    path: str
    queries: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def id_name(self) -> str:
        """The parameter in the path; empty where there is none."""
        return self.path.partition("{")[2].partition("}")[0]

    @property
    def streams(self) -> bool:
        return self.path.endswith("/events")

    @property
    def is_open(self) -> bool:
        """Whether it needs no credential."""
        return self.path in ("/healthz", "/readyz")

    @property
    def is_json_api(self) -> bool:
        return "flow-generations" in self.path or self.path.startswith("/public/v2")

    @property
    def is_voipbin(self) -> bool:
        return self.path.startswith(VOIPBIN)

    @property
    def is_botdojo(self) -> bool:
        return self.path.startswith("/api/v1/")

    @property
    def scope(self) -> str:
        if self.path.endswith("/loadByFlowSession"):
            return "read"
        if any(self.path.startswith(admin) or self.name.startswith(admin) for admin in ADMIN):
            return "admin"
        return "read" if self.method == "GET" else "write"

    def at(self, id: str) -> str:
        """The path with an id in it."""
        return self.path.replace("{" + self.id_name + "}", quote(id, safe="")) if self.id_name else self.path

    def body(self, flow_id: str) -> dict[str, Any] | None:
        """A body that is well formed; None where there is none."""
        if self.method not in ("POST", "PUT", "PATCH") or self.path.endswith(("/abort", "/stop")):
            return None
        if self.is_voipbin:
            return self._voipbin_body()
        if self.is_botdojo:
            return self._botdojo_body(flow_id)
        if self.path.endswith(("/messages", "/input")):
            return {"message": "Hello"}
        if self.path.endswith("/api-keys"):
            return {"name": "A key", "scopes": ["read"]}
        if self.path.endswith("/chats"):
            return {"name": "A chat", "from_type": "flow", "from_flow": flow_id}
        if "organizations" in self.path:
            return {"name": "A project"}
        return GENERATION

    def _botdojo_body(self, flow_id: str) -> dict[str, Any]:
        if self.path.endswith("/run"):
            return {"body": {"text_input": "Hello"}, "options": {"stream": "none"}}
        more = (
            {"Visitor": {"variables": {"name": "Ann"}}} if self.path.endswith("/createSession") else flow_id
        )
        return {"params": [flow_id, more]}

    def _voipbin_body(self) -> dict[str, Any]:
        actions = [{"id": "a", "next_id": "", "type": "goto", "option": {"target_id": "a", "loop_count": 1}}]
        if self.path.endswith("/flows") or self.method == "PUT":
            return {"name": "A flow", "detail": "For tests", "actions": actions, "on_complete_flow_id": ""}
        body = {"variables": {"name": "value"}}
        if not self.path.endswith("/activeflows"):
            return {"current_action_id": "a", **body}
        call = {"webhook_uri": "", "webhook_method": "", "reference_type": "api", "reference_id": ""}
        return {"id": "", "flow_id": "", "actions": actions, **body, **call}


def routes_of(server: Server) -> list[Route]:
    """Reads the routes of a server."""
    described = httpx.get(f"{server.http}/openapi.json").json()["paths"]
    return [
        Route(
            method.upper(),
            _in_project(path, server),
            tuple(p["name"] for p in one.get("parameters", ()) if p["in"] == "query"),
        )
        for path, methods in described.items()
        for method, one in methods.items()
    ]


def _in_project(path: str, server: Server) -> str:
    # These two name the caller's own project, so they are no ids that somebody else could have.
    return path.replace("{account_id}", server.project_id).replace("{project_id}", server.project_id)


def shape_complaint(path: str, status: int, headers: Any, body: bytes) -> str:
    """What is wrong with the shape of an answer; empty when it is its dialect's."""
    if not headers.get("x-request-id"):
        return "has no request id"
    if status < 400:
        return ""
    try:
        told = httpx.Response(200, content=body).json()
    except ValueError:
        return f"is no JSON: {body[:200]!r}"
    json_api = path.startswith(("/public/v2", "/flow-generations"))
    if json_api and "errors" in told:
        fits = headers["content-type"] == "application/vnd.api+json" and told["errors"]
        fits = fits and all({"code", "status", "title", "detail"} <= set(one) for one in told["errors"])
        return "" if fits and {one["status"] for one in told["errors"]} == {str(status)} else f"is {told}"
    if re.match(r"/(v1\.0|flows|activeflows)(/|\?|$)", path) and "error" in told:
        facts = told["error"]
        fits = {"status", "reason", "message", "request_id"} <= set(facts) and facts["message"]
        fits = fits and facts["request_id"] == headers["x-request-id"]
        fits = fits and all(set(one) == {"field", "description"} for one in facts.get("details", ()))
        return "" if fits else f"is {told}"
    if path.startswith("/api/v1") and "error" in told:
        facts = told["error"]
        return "" if set(facts) == {"code", "message", "details"} and facts["message"] else f"is {told}"
    is_plain = set(told) == {"detail", "code"} and isinstance(told["code"], str) and told["detail"]
    return "" if is_plain and not (json_api and status != 404) else f"is {told}"
