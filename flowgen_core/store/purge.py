"""Takes the rows of deleted chats out of the store, a page at a time, so that no transaction is long."""

from flowgen_core.store.tx import Tx

PAGE = 500
# In the order in which rows depend on each other.
_STATEMENTS = (
    "DELETE FROM events WHERE stream = 'chat/' || ? AND seq IN"
    " (SELECT seq FROM events WHERE stream = 'chat/' || ? ORDER BY seq LIMIT 500)",
    "DELETE FROM messages WHERE chat_id = ? AND seq IN"
    " (SELECT seq FROM messages WHERE chat_id = ? ORDER BY seq LIMIT 500)",
    "DELETE FROM moves WHERE run_id IN (SELECT id FROM runs WHERE chat_id = ?) AND (run_id, number) IN"
    " (SELECT run_id, number FROM moves WHERE run_id IN (SELECT id FROM runs WHERE chat_id = ?) LIMIT 500)",
    "DELETE FROM runs WHERE chat_id = ? AND id IN (SELECT id FROM runs WHERE chat_id = ? LIMIT 500)",
)


def page_of_chat(tx: Tx, chat_id: str) -> bool:
    """Deletes at most one page of what a deleted chat held; False when nothing but the chat was left, which goes too."""
    for statement in _STATEMENTS:
        if tx.run(statement, chat_id, chat_id):
            return True
    tx.run("DELETE FROM inputs WHERE chat_id = ?", chat_id)
    tx.run("DELETE FROM chats WHERE id = ? AND delete_time IS NOT NULL", chat_id)
    return False
