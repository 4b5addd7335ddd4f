"""Refusals that need to know what was asked for."""

import re
from collections.abc import Sequence
from dataclasses import replace

from flowgen_core.pb.v1.run_pb2 import Run
from flowgen_gateway.dialects.botdojo.errors import Refused
from flowgen_gateway.errors import CoreError

# Where the core's fields are in this API's bodies; the rest of a path stays.
_PLACES: Sequence[tuple[re.Pattern[str], str]] = (
    (re.compile(r"input_json\b"), "body"),
    (re.compile(r"overrides(_json)?\b"), "options.override"),
    (re.compile(r"evaluations\.requests\[(\d+)\]\.flow_id"), r"options.evalOptions.runs[\1].flowEvalId"),
    (
        re.compile(r"evaluations\.requests\[(\d+)\]\.external_json"),
        r"options.evalOptions.runs[\1].flowEvalExternalInput",
    ),
    (re.compile(r"version\b"), "options.version"),
    (re.compile(r"chat_id\b"), "options.flow_session_id"),
    (re.compile(r"request_id\b"), "Idempotency-Key"),
    (re.compile(r"chat\.flow_id"), "params[0]"),
    (re.compile(r"chat\.variables_json"), "params[1]"),
)


def not_found(code: str) -> Refused:
    """Makes the refusal of something that is not there."""
    return Refused(404, code)


def no_release(version: str) -> Refused:
    """Makes the refusal of a version that the flow does not have."""
    return Refused(404, "RELEASE_NOT_FOUND", f"Release {version} not found.")


def no_session(session_id: str) -> Refused:
    """Makes the refusal of a session that is not there, or is another flow's."""
    message = (
        f"error loading session: {session_id} does not exist; leave flow_session_id out to begin a new one."
    )
    return Refused(404, "CHAT_NOT_FOUND", message, {"flow_session_id": session_id})


def missing_scope(scope: str) -> Refused:
    """Makes the refusal of a credential that may not do what was asked."""
    return Refused(403, "PERMISSION_DENIED", f"This key lacks the scope {scope}.")


def late(run: Run) -> Refused:
    """Makes the answer to a request that has waited long enough for its run, which goes on."""
    message = "The flow is still running; read the flow request later."
    details = {"id": run.id, "flow_session_id": run.chat_id}
    return Refused(504, "DEADLINE_EXCEEDED", message, details, {"retry-after": "1"})


def in_terms_of_run(error: CoreError, version: str, session_id: str) -> CoreError | Refused:
    """Words the core's refusal of a run by what its caller sent."""
    match error.reason:
        case "RELEASE_NOT_FOUND":
            return no_release(version)
        case "CHAT_NOT_FOUND":
            return no_session(session_id)
        case "INVALID_INPUT":
            found = [replace(each, path=_below("body", each.path)) for each in error.violations]
            return replace(error, violations=found)
    return in_terms_of_body(error)


def in_terms_of_body(error: CoreError) -> CoreError:
    """Places the core's violations in the body that was sent."""
    return replace(error, violations=[replace(each, path=_place(each.path)) for each in error.violations])


def _place(path: str) -> str:
    for pattern, place in _PLACES:
        if pattern.match(path):
            return pattern.sub(place, path, count=1)
    return path


def _below(root: str, path: str) -> str:
    return root + path if path.startswith("[") else f"{root}.{path}".rstrip(".")
