"""Printing: JSON for programs, tables for people."""

import json
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

# Wide enough never to wrap what another program reads.
UNLIMITED = 10_000


def console() -> Console:
    """Gives a console on stdout that wraps lines in a terminal only, and colours nothing by itself."""
    plain = Console(highlight=False)
    return plain if plain.is_terminal else Console(highlight=False, width=UNLIMITED)


def print_json(value: object) -> None:
    """Prints a JSON value, indented."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], empty: str) -> None:
    """Prints rows under their columns, or the sentence `empty` when there are none."""
    table = Table(*columns, box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    if table.row_count:
        console().print(table)
    else:
        print(empty)
