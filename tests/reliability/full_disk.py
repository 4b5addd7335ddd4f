"""Run as a process of its own: a store whose files may not grow any more, then may again.

Writes one JSON object: what was acknowledged, what was refused and how.
"""

import asyncio
import json
import resource
import sys
from pathlib import Path

from flowgen_core.model.errors import FlowGenError
from flowgen_core.store.store import Store

ROOM = 256 * 1024
HARD = resource.getrlimit(resource.RLIMIT_FSIZE)[1]


async def main(folder: Path) -> dict[str, list]:
    store = Store(folder)
    store.open()
    seen: dict[str, list] = {"acknowledged": [], "refused": [], "healed": []}

    async def note(number: int, kilobytes: int, kept: list) -> None:
        text = "x" * 1024 * kilobytes
        try:
            await store.write(lambda tx: tx.run("INSERT INTO notes VALUES (?, ?)", number, text))
        except FlowGenError as error:
            seen["refused"].append([number, error.reason.name])
        else:
            kept.append(number)

    await store.write(lambda tx: tx.run("CREATE TABLE notes (number INTEGER PRIMARY KEY, text TEXT)"))
    size = max(path.stat().st_size for path in folder.iterdir())
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + ROOM, HARD))
    # Small and large ones together: the large ones do not fit, and must not take the small ones with them.
    sizes = [1 if number % 10 else 1024 for number in range(100)]
    await asyncio.gather(*(note(number, size, seen["acknowledged"]) for number, size in enumerate(sizes)))
    resource.setrlimit(resource.RLIMIT_FSIZE, (HARD, HARD))
    await asyncio.gather(*(note(number, 1, seen["healed"]) for number in range(1000, 1050)))
    await asyncio.to_thread(store.close)
    return seen


if __name__ == "__main__":
    json.dump(asyncio.run(main(Path(sys.argv[1]))), sys.stdout)
