"""Projects and who may act for them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Environment(StrEnum):
    """Where a project is meant to be used; fixed once the project is made."""

    SANDBOX = "SANDBOX"
    PRODUCTION = "PRODUCTION"


class Scope(StrEnum):
    """What a credential may do."""

    READ = "READ"
    WRITE = "WRITE"
    ADMIN = "ADMIN"
    OPERATOR = "OPERATOR"


@dataclass(frozen=True, slots=True)
class Project:
    """Owns everything else."""

    id: str
    name: str
    environment: Environment
    account_id: str
    create_time: datetime
    update_time: datetime


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of a project. `key` is whole in the answer that made it, masked ever after."""

    id: str
    project_id: str
    name: str
    scopes: tuple[Scope, ...]
    key: str
    created_by: str
    create_time: datetime
    update_time: datetime


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the project, and the key's id or the JWT's subject."""

    project: Project
    subject: str
    scopes: frozenset[Scope]
