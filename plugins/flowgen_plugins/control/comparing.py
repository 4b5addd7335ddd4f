"""The words for comparisons."""

import operator
from collections.abc import Callable, Mapping
from typing import Any, Literal

# Compares two texts or two numbers.
Compare = Callable[[Any, Any], bool]
COMPARE: Mapping[str, Compare] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "equal": operator.eq,
    "not_equal": operator.ne,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "less": operator.lt,
    "less_equal": operator.le,
}

Word = Literal[
    "==", "!=", ">", ">=", "<", "<=",
    "equal", "not_equal", "greater", "greater_equal", "less", "less_equal",
]  # fmt: skip
