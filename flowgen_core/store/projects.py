"""The rows of projects."""

from flowgen_core.model.project import Environment, Project
from flowgen_core.model.times import from_micros, to_micros
from flowgen_core.store.tx import Row, Tx


def insert(tx: Tx, project: Project) -> None:
    """Stores a new project."""
    tx.insert(
        "projects",
        id=project.id,
        name=project.name,
        environment=project.environment.value,
        account_id=project.account_id,
        create_time=to_micros(project.create_time),
        update_time=to_micros(project.update_time),
    )


def get(tx: Tx, project_id: str) -> Project | None:
    """Reads a project."""
    row = tx.one("SELECT * FROM projects WHERE id = ?", project_id)
    return _project(row) if row else None


def exist(tx: Tx) -> bool:
    """Tells whether there is any project."""
    return tx.one("SELECT id FROM projects LIMIT 1") is not None


def update(tx: Tx, project: Project) -> None:
    """Stores what may change of a project: `name`, `account_id` and `update_time`."""
    tx.run(
        "UPDATE projects SET name = ?, account_id = ?, update_time = ? WHERE id = ?",
        project.name,
        project.account_id,
        to_micros(project.update_time),
        project.id,
    )


def _project(row: Row) -> Project:
    return Project(
        id=row["id"],
        name=row["name"],
        environment=Environment(row["environment"]),
        account_id=row["account_id"],
        create_time=from_micros(row["create_time"]),
        update_time=from_micros(row["update_time"]),
    )
