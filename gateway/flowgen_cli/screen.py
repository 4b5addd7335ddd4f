"""How a conversation looks in a terminal, and reads when it is piped."""

import re
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from flowgen_cli.output import console

NAME_WIDTH = 9
INDENT = " " * (NAME_WIDTH + 2)
NEW_LINE = "\n"
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
YOU = "you"


class Screen:
    """One conversation on stdout; what the person says comes from stdin, a terminal or not."""

    def __init__(self) -> None:
        self._console = console()
        self._typed = sys.stdin.isatty()

    def title(self, text: str) -> None:
        """Prints the heading."""
        self._console.print(f"\n[bold]{escape(text)}[/]\n")

    def note(self, text: str) -> None:
        """Prints something that nobody said."""
        self._console.print(f"[dim]{escape(text)}[/]")

    def end(self, text: str) -> None:
        """Prints how the conversation ended."""
        self._console.print(f"\n{escape(text)}")

    def you(self, text: str) -> None:
        """Prints what the person said."""
        self._line(YOU, text, "bold cyan")

    def bot(self, name: str, text: str) -> None:
        """Prints what the bot, or whoever speaks for it, said."""
        self._line(name, text, "bold green")

    def choices(self, labels: Sequence[str]) -> None:
        """Offers answers by number."""
        numbered = "   ".join(f"[cyan]{number}[/] {escape(label)}" for number, label in enumerate(labels, 1))
        self._console.print(f"{INDENT}{numbered}")

    def output(self, value: object) -> None:
        """Prints the result of a conversation, a JSON value."""
        self._console.print_json(data=value, ensure_ascii=False)

    def working(self) -> AbstractContextManager[object]:
        """Shows that the bot works, in a terminal, for as long as the context lasts."""
        return self._console.status("", spinner="dots") if self._console.is_terminal else nullcontext()

    def ask(self) -> str | None:
        """Takes the next thing that the person says, never blank; None at the end of the input."""
        said: str | None = ""
        while said is not None and not said.strip():
            said = self._read()
        return said

    def _read(self) -> str | None:
        if self._typed:
            try:
                return input(f"{YOU:<{NAME_WIDTH}}  ")
            except EOFError:
                return None
        line = sys.stdin.readline()
        said = line.rstrip("\r\n")
        if said.strip():
            self.you(said)
        return said if line else None

    def _line(self, name: str, text: str, style: str) -> None:
        # What others say must not steer this terminal.
        name, text = CONTROLS.sub("", name), CONTROLS.sub("", text)
        if not self._console.is_terminal:
            print(f"{name:<{NAME_WIDTH}}  {text.replace(NEW_LINE, NEW_LINE + INDENT)}")
            return
        row = Table.grid(padding=(0, 2, 0, 0))
        row.add_column(min_width=NAME_WIDTH)
        row.add_row(Text(name, style), Text(text))
        self._console.print(row)
