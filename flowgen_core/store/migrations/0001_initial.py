"""The first schema. Times are microseconds since 1970; JSON is text."""

from typing import Any

TABLES = (
    """CREATE TABLE projects (
        id TEXT PRIMARY KEY, name TEXT NOT NULL, environment TEXT NOT NULL, account_id TEXT NOT NULL,
        create_time BIGINT NOT NULL, update_time BIGINT NOT NULL)""",
    """CREATE TABLE api_keys (
        id TEXT PRIMARY KEY, project_id TEXT NOT NULL REFERENCES projects(id), name TEXT NOT NULL,
        scopes TEXT NOT NULL, hash TEXT NOT NULL UNIQUE, masked TEXT NOT NULL, created_by TEXT NOT NULL,
        create_time BIGINT NOT NULL, update_time BIGINT NOT NULL)""",
    "CREATE INDEX api_keys_by_time ON api_keys (project_id, create_time, id)",
    # What a request id did; written in the transaction of its effect.
    """CREATE TABLE requests (
        project_id TEXT NOT NULL, request_id TEXT NOT NULL, rpc TEXT NOT NULL, fingerprint TEXT NOT NULL,
        resource_id TEXT NOT NULL, create_time BIGINT NOT NULL, PRIMARY KEY (project_id, request_id))""",
    "CREATE INDEX requests_by_time ON requests (create_time)",
    # A document never changes; its id is the revision that flows, releases and runs name.
    """CREATE TABLE documents (
        id TEXT PRIMARY KEY, project_id TEXT NOT NULL REFERENCES projects(id), body TEXT NOT NULL)""",
    """CREATE TABLE flows (
        id TEXT PRIMARY KEY, project_id TEXT NOT NULL REFERENCES projects(id), name TEXT NOT NULL,
        revision_id TEXT NOT NULL REFERENCES documents(id), etag TEXT NOT NULL, generation_id TEXT NOT NULL,
        release_version TEXT NOT NULL, release_time BIGINT, release_revision_id TEXT NOT NULL,
        create_time BIGINT NOT NULL, update_time BIGINT NOT NULL, delete_time BIGINT)""",
    "CREATE INDEX flows_by_time ON flows (project_id, create_time, id)",
    "CREATE INDEX flows_by_generation ON flows (generation_id)",
    """CREATE TABLE releases (
        flow_id TEXT NOT NULL REFERENCES flows(id), version TEXT NOT NULL, revision_id TEXT NOT NULL,
        created_by TEXT NOT NULL, create_time BIGINT NOT NULL, PRIMARY KEY (flow_id, version))""",
    """CREATE TABLE generations (
        id TEXT PRIMARY KEY, project_id TEXT NOT NULL REFERENCES projects(id), flow_type TEXT NOT NULL,
        parameters TEXT NOT NULL, context TEXT, state TEXT NOT NULL, flow_id TEXT NOT NULL, cost INTEGER,
        failure_reason TEXT NOT NULL, failure_message TEXT NOT NULL, attempt INTEGER NOT NULL,
        create_time BIGINT NOT NULL, update_time BIGINT NOT NULL)""",
    "CREATE INDEX generations_by_time ON generations (project_id, create_time, id)",
    # `floor` moves when the bot loses or gets the floor; `dealt` is the last input whose effects have come to rest.
    """CREATE TABLE chats (
        id TEXT PRIMARY KEY, project_id TEXT NOT NULL REFERENCES projects(id), name TEXT NOT NULL,
        flow_id TEXT NOT NULL, state TEXT NOT NULL, prompt TEXT NOT NULL, prompt_sender TEXT NOT NULL,
        failure TEXT, queued INTEGER NOT NULL, last_seq BIGINT NOT NULL, last_entry BIGINT NOT NULL,
        last_input BIGINT NOT NULL, taken BIGINT NOT NULL, dealt BIGINT NOT NULL, floor BIGINT NOT NULL,
        run_id TEXT NOT NULL,
        metadata TEXT NOT NULL, variables TEXT NOT NULL, created_by TEXT NOT NULL, create_time BIGINT NOT NULL,
        update_time BIGINT NOT NULL, activity_time BIGINT NOT NULL, delete_time BIGINT)""",
    "CREATE INDEX chats_by_time ON chats (project_id, create_time, id)",
    "CREATE INDEX chats_by_activity ON chats (project_id, activity_time, id)",
    # `turn` counts the turns that were committed: the fence against a worker that comes late.
    """CREATE TABLE runs (
        id TEXT PRIMARY KEY, project_id TEXT NOT NULL REFERENCES projects(id), chat_id TEXT NOT NULL,
        flow_id TEXT NOT NULL, revision_id TEXT NOT NULL, state TEXT NOT NULL, turn BIGINT NOT NULL,
        cursor TEXT NOT NULL, session_until BIGINT, input TEXT NOT NULL, output TEXT NOT NULL,
        variables TEXT NOT NULL, end_reason TEXT NOT NULL, failure TEXT, message_id TEXT NOT NULL,
        created_by TEXT NOT NULL, create_time BIGINT NOT NULL, start_time BIGINT, update_time BIGINT NOT NULL,
        end_time BIGINT)""",
    "CREATE INDEX runs_by_time ON runs (project_id, create_time, id)",
    "CREATE INDEX runs_by_chat ON runs (chat_id, create_time, id)",
    """CREATE TABLE moves (
        run_id TEXT NOT NULL REFERENCES runs(id), number INTEGER NOT NULL, action_id TEXT NOT NULL,
        next_id TEXT NOT NULL, type TEXT NOT NULL, option TEXT NOT NULL, arrive_time BIGINT NOT NULL,
        outcome TEXT NOT NULL, message TEXT NOT NULL, PRIMARY KEY (run_id, number))""",
    """CREATE TABLE messages (
        id TEXT PRIMARY KEY, chat_id TEXT NOT NULL REFERENCES chats(id), run_id TEXT NOT NULL, seq BIGINT NOT NULL,
        entry BIGINT NOT NULL, input BIGINT NOT NULL, author TEXT NOT NULL, sender TEXT NOT NULL,
        receiver TEXT NOT NULL, internal INTEGER NOT NULL, text TEXT NOT NULL, fallback TEXT NOT NULL,
        responses TEXT NOT NULL, profile TEXT NOT NULL, metadata TEXT NOT NULL, origin TEXT NOT NULL,
        create_time BIGINT NOT NULL)""",
    "CREATE UNIQUE INDEX messages_by_seq ON messages (chat_id, seq)",
    # An event of a message names it; every other event holds its resource as it was right after it.
    """CREATE TABLE events (
        stream TEXT NOT NULL, seq BIGINT NOT NULL, type TEXT NOT NULL, message_id TEXT NOT NULL, data TEXT NOT NULL,
        create_time BIGINT NOT NULL, PRIMARY KEY (stream, seq))""",
    # What a chat still has to deal with, in order; a row goes with the turn that takes it.
    """CREATE TABLE inputs (
        chat_id TEXT NOT NULL REFERENCES chats(id), number BIGINT NOT NULL, kind TEXT NOT NULL,
        message_id TEXT NOT NULL, data TEXT NOT NULL, created_by TEXT NOT NULL, PRIMARY KEY (chat_id, number))""",
    # A reminder to look: one row for each thing that must be looked at, now or later.
    """CREATE TABLE work (
        kind TEXT NOT NULL, key TEXT NOT NULL, due_at BIGINT NOT NULL, attempts INTEGER NOT NULL,
        PRIMARY KEY (kind, key))""",
    "CREATE INDEX work_by_time ON work (due_at)",
)


# peewee ships no types.
def up(migrator: Any, db: Any) -> None:
    """Makes all tables."""
    for statement in TABLES:
        db.execute_sql(statement)
