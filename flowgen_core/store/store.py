"""The two doors to the database: `await store.write(fn)` and `await store.read(fn)`."""

import asyncio
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import apsw
import structlog

from flowgen_core.model.errors import FlowGenError, Reason
from flowgen_core.store.migrate import migrate
from flowgen_core.store.sqlite import SqliteConnection, lock_folder, open_database
from flowgen_core.store.tx import Tx

log = structlog.get_logger(__name__)
T = TypeVar("T")

GROUP = 64
QUEUE = 10_000
READERS = 2
CHECKPOINT_AFTER = 2000


@dataclass(slots=True)
class Job:
    """One transaction that waits for a database thread."""

    fn: Callable[[Tx], Any]
    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[Any]"
    result: Any = None
    error: BaseException | None = None


# Without a lock in Python: callers and database threads meet here all the time.
Jobs = queue.SimpleQueue[Job | None]


class Store:
    """One SQLite file: a writer thread that commits waiting jobs together, and threads that read."""

    def __init__(self, folder: Path) -> None:
        self._lock = lock_folder(folder)
        self._database = open_database(folder)
        self._writes: Jobs = queue.SimpleQueue()
        self._reads: Jobs = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []

    def open(self) -> list[str]:
        """Brings the schema up to date and starts the threads. Gives the names of the migrations applied."""
        applied = migrate(self._database)
        self._database.close()
        self._start(self._write_loop, "flowgen-writer")
        for number in range(READERS):
            self._start(self._read_loop, f"flowgen-reader-{number}")
        return applied

    async def write(self, fn: Callable[[Tx], T]) -> T:
        """Runs `fn` as one durable transaction. It may run twice; a cancelled caller does not cancel it."""
        return await self._submit(self._writes, fn)

    async def read(self, fn: Callable[[Tx], T]) -> T:
        """Runs `fn` in one read transaction: it sees one state of the database."""
        return await self._submit(self._reads, fn)

    def close(self) -> None:
        """Finishes what waits, ends the threads, and lets the file go."""
        self._writes.put(None)
        for _ in range(READERS):
            self._reads.put(None)
        for thread in self._threads:
            thread.join()
        self._lock.close()

    async def _submit(self, jobs: Jobs, fn: Callable[[Tx], T]) -> T:
        if jobs.qsize() >= QUEUE:
            raise FlowGenError(Reason.OVERLOADED, "The server has too much to do; try again.", retry_after=1)
        loop = asyncio.get_running_loop()
        job = Job(fn, loop, loop.create_future())
        jobs.put(job)
        result: T = await job.future
        return result

    def _start(self, target: Callable[[], None], name: str) -> None:
        thread = threading.Thread(target=target, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _write_loop(self) -> None:
        writer = Writer(SqliteConnection(self._database))
        while jobs := _take(self._writes):
            writer.commit([job for job in jobs if job is not None])
            if jobs[-1] is None:
                break
        writer.checkpoint("TRUNCATE")
        self._database.close()

    def _read_loop(self) -> None:
        connection = SqliteConnection(self._database)
        for pragma in ("query_only = 1", "wal_autocheckpoint = 0"):
            connection.execute(f"PRAGMA {pragma}", ())
        tx = Tx(connection)
        while (job := self._reads.get()) is not None:
            _look(job, connection, tx)
            _resolve([job])
        self._database.close()


class Writer:
    """Commits groups of jobs: a savepoint each, one COMMIT for all."""

    def __init__(self, connection: SqliteConnection) -> None:
        self._connection = connection
        self._tx = Tx(connection)
        self._commits = 0

    def commit(self, jobs: list[Job]) -> None:
        """Runs the jobs and answers their callers once all that succeeded is on disk."""
        if not self._together(jobs):
            # The transaction ended under the group: nothing of it counts, and a savepoint would hide the cause.
            for job in jobs:
                self._alone(job)
        _resolve(jobs)
        self._commits += 1
        if self._commits % CHECKPOINT_AFTER == 0:
            self.checkpoint("PASSIVE")

    def checkpoint(self, mode: str) -> None:
        """Moves the write-ahead log into the database file."""
        try:
            self._connection.execute(f"PRAGMA wal_checkpoint({mode})", ()).fetchall()
        except apsw.Error as error:
            log.warning("checkpoint_failed", error=type(error).__name__)

    def _together(self, jobs: list[Job]) -> bool:
        try:
            self._sql("BEGIN IMMEDIATE")
            for job in jobs:
                self._in_savepoint(job)
            self._sql("COMMIT")
        except apsw.Error:
            self._roll_back()
            return False
        return True

    def _in_savepoint(self, job: Job) -> None:
        self._sql("SAVEPOINT job")
        _run(job, self._tx)
        if job.error is not None:
            if not self._connection.in_transaction():
                raise apsw.AbortError
            self._sql("ROLLBACK TO job")
        self._sql("RELEASE job")

    def _alone(self, job: Job) -> None:
        job.result = job.error = None
        try:
            self._sql("BEGIN IMMEDIATE")
            _run(job, self._tx)
            if job.error is None:
                self._sql("COMMIT")
        except apsw.Error as error:
            job.error = error
        if job.error is not None:
            self._roll_back()

    def _roll_back(self) -> None:
        if self._connection.in_transaction():
            self._sql("ROLLBACK")

    def _sql(self, sql: str) -> None:
        self._connection.execute(sql, ())


def _take(jobs: Jobs) -> list[Job | None]:
    taken = [jobs.get()]
    while len(taken) < GROUP and taken[-1] is not None:
        try:
            taken.append(jobs.get_nowait())
        except queue.Empty:
            break
    return taken


def _run(job: Job, tx: Tx) -> None:
    try:
        job.result = job.fn(tx)
    except Exception as error:
        job.error = error


def _look(job: Job, connection: SqliteConnection, tx: Tx) -> None:
    try:
        connection.execute("BEGIN", ())
        _run(job, tx)
        # A disk that fails has ended the transaction already.
        if connection.in_transaction():
            connection.execute("COMMIT", ())
    except apsw.Error as error:
        job.error = error


def _told(error: BaseException) -> BaseException:
    """Gives the error that callers are told: a disk that fails is nothing that they did."""
    unavailable = (apsw.FullError, apsw.IOError, apsw.ReadOnlyError, apsw.CantOpenError, apsw.BusyError)
    if not isinstance(error, unavailable):
        return error
    log.error("storage_failed", error=type(error).__name__, text=str(error))
    return FlowGenError(
        Reason.STORAGE_UNAVAILABLE, "The data cannot be read or stored now; try again.", retry_after=5
    )


def _resolve(jobs: list[Job]) -> None:
    for job in jobs:
        if job.error is not None:
            job.error = _told(job.error)
    if jobs:
        try:
            jobs[0].loop.call_soon_threadsafe(_answer, jobs)
        except RuntimeError:
            log.warning("callers_gone", jobs=len(jobs))


def _answer(jobs: list[Job]) -> None:
    for job in jobs:
        if job.future.done():
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.result)
