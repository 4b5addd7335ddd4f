"""Runs without a chat, started and watched by themselves; hand-overs; work after a commit; channels."""

from typing import Any

STATEMENTS = (
    "ALTER TABLE runs ADD COLUMN version TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE runs ADD COLUMN kind TEXT NOT NULL DEFAULT 'FLOW'",
    "ALTER TABLE runs ADD COLUMN parent_id TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE runs ADD COLUMN root_id TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE runs ADD COLUMN depth INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE runs ADD COLUMN overrides TEXT NOT NULL DEFAULT '{}'",
    "ALTER TABLE runs ADD COLUMN metadata TEXT NOT NULL DEFAULT '{}'",
    "ALTER TABLE runs ADD COLUMN usage TEXT NOT NULL DEFAULT '{}'",
    "ALTER TABLE runs ADD COLUMN webhook_uri TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE runs ADD COLUMN webhook_method TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE runs ADD COLUMN on_complete_flow_id TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE runs ADD COLUMN evaluation_plan TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE runs ADD COLUMN evaluation_run_id TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE runs ADD COLUMN last_seq BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE runs ADD COLUMN delete_time BIGINT",
    "CREATE INDEX runs_by_parent ON runs (parent_id, create_time, id)",
    "ALTER TABLE chats ADD COLUMN pause_reason TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE chats ADD COLUMN paused INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE chats ADD COLUMN pause_until BIGINT",
    "CREATE INDEX messages_by_run ON messages (run_id, seq)",
    # What an action wants to be done after its turn's commit.
    """CREATE TABLE laters (
        id TEXT PRIMARY KEY, project_id TEXT NOT NULL REFERENCES projects(id), run_id TEXT NOT NULL,
        chat_id TEXT NOT NULL, action_type TEXT NOT NULL, move INTEGER NOT NULL, data TEXT NOT NULL,
        attempt INTEGER NOT NULL, create_time BIGINT NOT NULL)""",
    """CREATE TABLE channels (
        id TEXT PRIMARY KEY, project_id TEXT NOT NULL REFERENCES projects(id), type TEXT NOT NULL,
        name TEXT NOT NULL, config TEXT NOT NULL, create_time BIGINT NOT NULL, update_time BIGINT NOT NULL,
        delete_time BIGINT)""",
    "CREATE INDEX channels_by_time ON channels (project_id, create_time, id)",
)


# peewee ships no types.
def up(migrator: Any, db: Any) -> None:
    """Adds columns and tables."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
