"""A disk that fails when told to: a VFS that everything opened in its `with` block uses."""

from collections.abc import Iterator
from contextlib import contextmanager

import apsw

UNIX, SICK = "unix", "flowgen-sick"


class Disk:
    """What fails at present: the error to raise, and how many writes still go well before it."""

    def __init__(self) -> None:
        self.writing: type[apsw.Error] | None = None
        self.reading: type[apsw.Error] | None = None
        self.writes_left = 0

    def fail_writes(self, error: type[apsw.Error], after: int = 0) -> None:
        self.writing, self.writes_left = error, after

    def fail_reads(self, error: type[apsw.Error]) -> None:
        self.reading = error

    def heal(self) -> None:
        self.writing = self.reading = None

    def on_write(self) -> None:
        if self.writing is None:
            return
        if self.writes_left == 0:
            raise self.writing("the disk is sick")
        self.writes_left -= 1

    def on_read(self) -> None:
        if self.reading is not None:
            raise self.reading("the disk is sick")


class _Vfs(apsw.VFS):
    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        super().__init__(SICK, UNIX)

    def xOpen(self, name, flags):  # noqa: N802  SQLite's names
        disk = self._disk

        class File(apsw.VFSFile):
            def xWrite(self, data, offset):  # noqa: N802
                disk.on_write()
                return super().xWrite(data, offset)

            def xRead(self, amount, offset):  # noqa: N802
                disk.on_read()
                return super().xRead(amount, offset)

        return File(UNIX, name, flags)


@contextmanager
def sick_disk() -> Iterator[Disk]:
    """Everything that is opened in the block is on a disk that fails when told to."""
    disk = Disk()
    vfs = _Vfs(disk)
    apsw.set_default_vfs(SICK)
    try:
        yield disk
    finally:
        disk.heal()
        apsw.set_default_vfs(UNIX)
        vfs.unregister()
