"""JSON Schemas of flows, compiled once; no remote reference is ever followed."""

import re
from collections.abc import Mapping
from typing import Any

import jsonschema_rs

from flowgen_core.model import jsontext
from flowgen_core.model.errors import Violation
from flowgen_core.runtime.schema_size import TooBig, check_size

KEPT = 512
_MISSING = re.compile(r'"(.*)" is a required property')


class BadSchema(ValueError):
    """The JSON is no usable JSON Schema."""


class Schemas:
    """Compiled schemas by their text."""

    def __init__(self) -> None:
        self._compiled: dict[str, Any] = {}

    def check(self, schema: Mapping[str, Any]) -> None:
        """Judges a schema itself. Raises BadSchema."""
        self._compile(jsontext.dump(schema))

    def problem(self, schema: Mapping[str, Any] | None, value: Any) -> str:
        """Gives the first thing that is wrong with a JSON value; empty when nothing is."""
        found = self.violation(schema, value)
        return f"{found.path}: {found.message}"[:500] if found else ""

    def violation(self, schema: Mapping[str, Any] | None, value: Any) -> Violation | None:
        """Gives the first thing that is wrong with a JSON value, with its place in the value."""
        if schema is None:
            return None
        try:
            error = next(iter(self._compile(jsontext.dump(schema)).iter_errors(value)), None)
        except BadSchema as bad:
            return Violation("input_schema", "BAD_SCHEMA", str(bad))
        return _violation(error) if error else None

    def _compile(self, text: str) -> Any:
        found = self._compiled.get(text)
        if found is None:
            found = _compile(text)
            if len(self._compiled) >= KEPT:
                self._compiled.clear()
            self._compiled[text] = found
        return found


def _compile(text: str) -> Any:
    schema = jsontext.parse(text, max_depth=256)
    try:
        check_size(schema)
    except (TooBig, RecursionError) as error:
        what = error if isinstance(error, TooBig) else "it is nested too deep"
        raise BadSchema(f"is no JSON Schema that can be used: {what}.") from None
    try:
        return jsonschema_rs.Draft202012Validator(
            schema,
            retriever=_refuse,
            pattern_options=jsonschema_rs.RegexOptions(),
        )
    except Exception as error:
        raise BadSchema(f"is no JSON Schema: {str(error).splitlines()[0][:200]}") from None


# The library's own error type is not exported.
def _violation(error: Any) -> Violation:
    place = [str(part) for part in error.instance_path]
    missing = _MISSING.match(error.message)
    if missing:
        place.append(missing.group(1))
        return Violation(".".join(place), "REQUIRED", "is required")
    return Violation(".".join(place) or "value", "INVALID_VALUE", error.message[:400])


def _refuse(uri: str) -> Any:
    raise ValueError("A schema may not refer to another document.")
