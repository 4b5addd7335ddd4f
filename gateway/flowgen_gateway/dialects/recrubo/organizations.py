"""Handlers of `/organizations`: the caller's project is the only one there is."""

from google.protobuf.field_mask_pb2 import FieldMask
from starlette.requests import Request
from starlette.responses import Response

from flowgen_core.pb.v1.project_pb2 import GetProjectRequest, Project, UpdateProjectRequest
from flowgen_gateway.dialects.recrubo.answers import many, one
from flowgen_gateway.dialects.recrubo.document import Document, check_names, check_type
from flowgen_gateway.dialects.recrubo.errors import Problem, Refused, invalid
from flowgen_gateway.dialects.recrubo.filters import ORGANIZATIONS
from flowgen_gateway.dialects.recrubo.pointers import child
from flowgen_gateway.dialects.recrubo.query import parse_fields, parse_list
from flowgen_gateway.dialects.recrubo.requests import client_of, id_in, read_document
from flowgen_gateway.dialects.recrubo.translate import canonical_id, organization_resource

WRITABLE, READ_ONLY = ("name",), ("createdAt", "updatedAt")
LONGEST_NAME = 255


async def list_organizations(request: Request) -> Response:
    """Lists the caller's own organization."""
    query = parse_list(request.query_params.multi_items(), ORGANIZATIONS)
    client = client_of(request)
    project = await client.call(client.core.projects.GetProject, GetProjectRequest())
    rows = [organization_resource(project, query.fields)] if query.number == 1 else []
    return many(rows, query, 1, 1)


async def get_organization(request: Request) -> Response:
    """Reads the caller's own organization."""
    fields = parse_fields(request.query_params.multi_items(), ORGANIZATIONS.type)
    asked = GetProjectRequest(id=id_in(request, "Organization", "read"))
    client = client_of(request)
    return one(organization_resource(await client.call(client.core.projects.GetProject, asked), fields))


async def update_organization(request: Request) -> Response:
    """Changes the caller's own organization; the path need not name it."""
    document = await read_document(request)
    fields = parse_fields(request.query_params.multi_items(), ORGANIZATIONS.type)
    problems = check_type(document, ORGANIZATIONS.type)
    asked = _change(document, _target(request, document))
    problems += [*_name_problems(document), *check_names(document, WRITABLE, READ_ONLY)]
    if problems:
        raise Refused(*problems, scope="admin")
    client = client_of(request)
    return one(organization_resource(await client.call(client.core.projects.UpdateProject, asked), fields))


def _change(document: Document, id: str) -> UpdateProjectRequest:
    name = document.attributes.get("name")
    if not isinstance(name, str):
        return UpdateProjectRequest(project=Project(id=id))
    return UpdateProjectRequest(project=Project(id=id, name=name), update_mask=FieldMask(paths=["name"]))


def _target(request: Request, document: Document) -> str:
    """Finds the organization that is meant: that of the path, else the caller's; the body may name it too."""
    named = id_in(request, "Organization", "admin") if request.path_params else ""
    given = document.data.get("id") if document.data else None
    if given is None:
        return named
    found = canonical_id(str(given)) or str(given)
    if named and found != named:
        detail = "data.id must be the id of the path"
        raise Refused(Problem(409, "conflict", detail, {"pointer": "/data/id"}))
    return found


def _name_problems(document: Document) -> list[Problem]:
    if "name" not in document.attributes:
        return []
    name, place = document.attributes["name"], child(document.base, "name")
    if not isinstance(name, str):
        return [invalid("invalid_type", place, "name must be a string")]
    if not name.strip():
        return [invalid("required", place, "name is required")]
    if len(name) > LONGEST_NAME:
        return [invalid("too_long", place, f"name must have at most {LONGEST_NAME} characters")]
    return []
