"""Projects, API keys and callers, wire and model."""

from flowgen_core.model.errors import invalid
from flowgen_core.model.project import ApiKey, Caller, Environment, Project, Scope
from flowgen_core.pb.v1 import options_pb2, project_pb2
from flowgen_core.runtime.keys import KeyDraft
from flowgen_core.runtime.projects import Made, ProjectChange, ProjectDraft
from flowgen_core.services.translate.times import to_timestamp
from flowgen_core.store.paging import Listing

_SCOPES = {options_pb2.Scope.Value(f"SCOPE_{scope.value}"): scope for scope in Scope}
_NUMBERS = {scope: number for number, scope in _SCOPES.items()}
_ENVIRONMENTS = {
    project_pb2.ENVIRONMENT_UNSPECIFIED: Environment.SANDBOX,
    project_pb2.ENVIRONMENT_SANDBOX: Environment.SANDBOX,
    project_pb2.ENVIRONMENT_PRODUCTION: Environment.PRODUCTION,
}
_CHANGEABLE = ("name", "account_id")
# Fields of the contract that no part of the server reads yet: to drop them silently would be a lie.
_NOT_YET = ("webhook_url", "webhook_secret")


def caller_out(caller: Caller) -> project_pb2.Caller:
    """Writes who is calling, the scopes in the order of their numbers."""
    return project_pb2.Caller(
        project=project_out(caller.project),
        subject=caller.subject,
        scopes=sorted(_NUMBERS[scope] for scope in caller.scopes),
    )


def project_out(project: Project) -> project_pb2.Project:
    """Writes a project."""
    return project_pb2.Project(
        id=project.id,
        name=project.name,
        environment=project_pb2.Environment.Value(f"ENVIRONMENT_{project.environment.value}"),
        account_id=project.account_id,
        create_time=to_timestamp(project.create_time),
        update_time=to_timestamp(project.update_time),
    )


def created_out(made: Made) -> project_pb2.CreateProjectResponse:
    """Writes a new project and its first key."""
    project, key = made
    return project_pb2.CreateProjectResponse(
        project=project_out(project), api_key=key_out(key) if key else None
    )


def key_out(key: ApiKey) -> project_pb2.ApiKey:
    """Writes an API key."""
    return project_pb2.ApiKey(
        id=key.id,
        name=key.name,
        scopes=[_NUMBERS[scope] for scope in key.scopes],
        key=key.key,
        created_by=key.created_by,
        create_time=to_timestamp(key.create_time),
        update_time=to_timestamp(key.update_time),
    )


def keys_out(listing: Listing[ApiKey]) -> project_pb2.ListApiKeysResponse:
    """Writes one page of API keys."""
    return project_pb2.ListApiKeysResponse(
        api_keys=map(key_out, listing.rows), next_page_token=listing.next_token, total_size=listing.total
    )


def project_draft(project: project_pb2.Project) -> ProjectDraft:
    """Reads a project to make. Raises INVALID_ARGUMENT."""
    environment = _ENVIRONMENTS.get(project.environment)
    if environment is None:
        raise invalid("environment", "INVALID_VALUE", "must be SANDBOX or PRODUCTION")
    for name in _NOT_YET:
        if getattr(project, name):
            raise invalid(name, "NOT_SUPPORTED", "is not supported by this version of the server")
    return ProjectDraft(project.name, environment, project.account_id)


def project_change(request: project_pb2.UpdateProjectRequest) -> ProjectChange:
    """Reads what is to change in a project. Raises INVALID_ARGUMENT."""
    named = list(request.update_mask.paths)
    if not named:
        named = [name for name in (*_CHANGEABLE, *_NOT_YET) if getattr(request.project, name)]
    paths = list(_CHANGEABLE) if named == ["*"] else named
    for index, path in enumerate(paths):
        if path not in _CHANGEABLE:
            raise invalid(
                f"update_mask.paths[{index}]", "NOT_CHANGEABLE", f"must be one of {', '.join(_CHANGEABLE)}"
            )
    return ProjectChange(**{path: getattr(request.project, path) for path in paths})


def key_draft(key: project_pb2.ApiKey) -> KeyDraft:
    """Reads an API key to make. Raises INVALID_ARGUMENT."""
    for index, number in enumerate(key.scopes):
        if number not in _SCOPES:
            raise invalid(f"scopes[{index}]", "INVALID_VALUE", "must be READ, WRITE or ADMIN")
    if key.channel_id:
        raise invalid("channel_id", "NOT_SUPPORTED", "is not supported by this version of the server")
    return KeyDraft(key.name, tuple(_SCOPES[number] for number in key.scopes))
