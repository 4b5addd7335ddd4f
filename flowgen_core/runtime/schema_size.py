"""How much work a JSON Schema asks for: references that double at every level are 2^40 with forty of them."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

# What a schema may cost beyond its own size, in subschemas.
MOST_REPEATED = 5000
LONGEST_CHAIN = 100
_REFERENCES = ("$ref", "$dynamicRef")
_ANCHORS = ("$anchor", "$dynamicAnchor")
# Below these stand schemas by names, which may be any word.
_MAPS = frozenset({"$defs", "definitions", "properties", "patternProperties", "dependentSchemas"})
# What stands below these is data, whatever it looks like.
_DATA = frozenset({"enum", "const", "default", "examples"})
# Schemas and their parts are any JSON.
Json = Any


class TooBig(ValueError):
    """The schema asks for too much, or refers to what it must not; the text tells which."""


def check_size(schema: Json) -> None:
    """Judges a schema before it is compiled. Raises TooBig."""
    _Judge(schema).check()


class _Judge:
    def __init__(self, schema: Json) -> None:
        self._root = schema
        self._anchors: dict[str, Json] = {}
        self._costs: dict[int, int] = {}
        self._nodes = 0

    def check(self) -> None:
        self._survey(self._root, is_root=True)
        if self._cost(self._root, 0) > self._nodes + MOST_REPEATED:
            raise TooBig("its references repeat too much")

    def _survey(self, node: Json, *, is_root: bool = False) -> None:
        self._nodes += 1
        if isinstance(node, dict):
            # A part with an id of its own is another document: references in it would be read otherwise.
            if not is_root and isinstance(node.get("$id"), str):
                raise TooBig("only the whole schema may have an `$id`")
            for word in _ANCHORS:
                if isinstance(node.get(word), str):
                    self._anchors[node[word]] = node
        for part in _parts(node):
            self._survey(part)

    def _cost(self, node: Json, depth: int) -> int:
        known = self._costs.get(id(node))
        if known is not None:
            return known
        # A reference back to where it stands costs nothing more by itself.
        self._costs[id(node)] = 1
        cost = 1 + sum(self._cost(part, depth) for part in _parts(node))
        if isinstance(node, dict):
            cost += sum(self._cost(target, depth + 1) for target in self._targets(node, depth))
        self._costs[id(node)] = cost
        return cost

    def _targets(self, node: dict[str, Json], depth: int) -> Iterator[Json]:
        for word in _REFERENCES:
            reference = node.get(word)
            if isinstance(reference, str):
                if depth >= LONGEST_CHAIN:
                    raise TooBig(f"its references are more than {LONGEST_CHAIN} deep")
                yield self._target(reference)

    def _target(self, reference: str) -> Json:
        if not reference.startswith("#"):
            raise TooBig("a schema may not refer to another document")
        if not reference.startswith("#/"):
            return self._anchors.get(reference[1:], self._root)
        target = self._root
        for step in unquote(reference[2:]).split("/"):
            name = step.replace("~1", "/").replace("~0", "~")
            if isinstance(target, list):
                target = target[int(name)] if name.isdecimal() and int(name[:9]) < len(target) else None
            else:
                target = target.get(name) if isinstance(target, dict) else None
        return target


def _parts(node: Json) -> Iterator[Json]:
    if isinstance(node, dict):
        for word, part in node.items():
            if word in _MAPS and isinstance(part, dict):
                yield from part.values()
            elif word not in _DATA:
                yield part
    elif isinstance(node, list):
        yield from node
