"""JSON Schemas of flows, compiled once; no remote reference is ever followed."""

from collections.abc import Mapping
from typing import Any

import jsonschema_rs

from flowgen_core.model import jsontext
from flowgen_core.runtime.schema_size import TooBig, check_size

KEPT = 512


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
        if schema is None:
            return ""
        try:
            error = next(iter(self._compile(jsontext.dump(schema)).iter_errors(value)), None)
        except BadSchema as bad:
            return str(bad)
        return (
            ""
            if error is None
            else f"{'.'.join(map(str, error.instance_path)) or 'value'}: {error.message}"[:500]
        )

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


def _refuse(uri: str) -> Any:
    raise ValueError("A schema may not refer to another document.")
