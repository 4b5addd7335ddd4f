"""The core's messages as the resources of this dialect: pure functions, for answers and webhooks alike."""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from google.protobuf.timestamp_pb2 import Timestamp

from flowgen_core.pb.v1.flow_pb2 import Flow
from flowgen_core.pb.v1.generation_pb2 import Generation, GenerationState
from flowgen_core.pb.v1.project_pb2 import Project

PREFIX = "/public/v2"
STATUSES = {
    GenerationState.GENERATION_STATE_QUEUED: "queued",
    GenerationState.GENERATION_STATE_PROCESSING: "processing",
    GenerationState.GENERATION_STATE_FINISHED: "finished",
    GenerationState.GENERATION_STATE_FAILED: "failed",
}
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Resource = dict[str, Any]  # JSON, with parts that are JSON text already
Fields = Collection[str] | None


def canonical_id(text: str) -> str | None:
    """Gives a UUID in lower case; None for what is no UUID."""
    lower = text.lower()
    return lower if _UUID.fullmatch(lower) else None


def moment(time: Timestamp) -> str:
    """Writes a time as ISO 8601 in UTC with whole seconds and `+00:00`."""
    return datetime.fromtimestamp(time.seconds, UTC).isoformat()


def generation_resource(generation: Generation, project_id: str, fields: Fields = None) -> Resource:
    """Draws a generation, with all attributes or those of `fields`."""
    attributes = {
        "createdAt": moment(generation.create_time),
        "updatedAt": moment(generation.update_time),
        "flowType": generation.flow_type,
        "parameters": _json(generation.parameters_json),
        "context": _json(generation.context_json),
        "flowId": generation.flow_id or None,
        "status": STATUSES.get(generation.state),
        "cost": generation.cost if generation.HasField("cost") else None,
        "error": _error(generation),
    }
    links = _organization(project_id)
    if generation.flow_id:
        links |= _related("flow", f"flows/{generation.flow_id}")
    return _resource(generation.id, "flowGenerations", attributes, fields, links)


def flow_resource(flow: Flow, project_id: str, fields: Fields = None) -> Resource:
    """Draws a flow, with all attributes or those of `fields`."""
    properties = _properties(flow)
    minutes, message = properties.get("reminder_interval"), properties.get("reminder_message")
    attributes = {
        "createdAt": moment(flow.create_time),
        "updatedAt": moment(flow.update_time),
        "name": flow.name,
        "reminderInterval": minutes if type(minutes) is int else 0,
        "reminderMessage": message if isinstance(message, str) else "",
        "sessionTimeout": -(-flow.session_timeout // 60),
        "flowGenerationId": flow.generation_id or None,
        "publishedAt": moment(flow.release_time) if flow.HasField("release_time") else None,
        "unpublishedChanges": flow.has_unreleased_changes,
    }
    return _resource(flow.id, "flows", attributes, fields, _organization(project_id))


def organization_resource(project: Project, fields: Fields = None) -> Resource:
    """Draws a project, with all attributes or those of `fields`."""
    attributes = {
        "createdAt": moment(project.create_time),
        "updatedAt": moment(project.update_time),
        "name": project.name,
    }
    return _resource(project.id, "organizations", attributes, fields, {})


def _resource(id: str, type: str, attributes: Mapping[str, Any], fields: Fields, links: Resource) -> Resource:
    kept = {name: value for name, value in attributes.items() if fields is None or name in fields}
    return {"id": id, "type": type, "attributes": kept, "relationships": links}


def _organization(project_id: str) -> Resource:
    return _related("organization", f"organizations/{project_id}")


def _related(name: str, path: str) -> Resource:
    return {name: {"links": {"related": f"{PREFIX}/{path}"}}}


def _json(text: str) -> orjson.Fragment | None:
    return orjson.Fragment(text) if text else None


def _error(generation: Generation) -> Resource | None:
    if not generation.HasField("failure"):
        return None
    return {"code": generation.failure.reason.lower(), "detail": generation.failure.message}


def _properties(flow: Flow) -> Mapping[str, Any]:  # JSON
    properties = orjson.loads(flow.properties_json) if flow.properties_json else {}
    return properties if isinstance(properties, dict) else {}
