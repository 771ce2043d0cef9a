"""One written value as what a setting's type says it is; in YAML terms, our scalar rules.

Only `true` and `false` are truth values, only what is written as a number is one, and what stands
in quotes is text. Money becomes the Decimal that was written, not the float nearest to it.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from msgspec import inspect

from hive.app.config.tree import Scalar

# Longer numbers are no settings; the limit on exponents keeps Decimals small.
_WHOLE: Final = re.compile(r"[+-]?\d[\d_]{0,17}", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?\d[\d_]{0,17}(\.\d{0,17})?([eE][+-]?\d{1,2})?", re.ASCII)
_TRUTH: Final = {"true": True, "false": False}


class Unset:
    """Stands for a setting that could not be read."""


UNSET: Final = Unset()


def read_scalar(node: Scalar, type_: inspect.Type) -> Any:
    """The value if it fits the type and its bounds, else UNSET."""
    extra: dict[str, Any] = {}
    if isinstance(type_, inspect.Metadata):
        extra, type_ = type_.extra or {}, type_.type
    value = _READ_BY_TYPE[type(type_)](node, type_)
    if value is UNSET:
        return UNSET
    for name, keeps in _KEEPS_BY_BOUND.items():
        bound = extra.get(name, getattr(type_, name, None))
        if bound is not None and not keeps(value, bound):
            return UNSET
    return value


def plain_scalar(node: Scalar) -> str | int | float | bool | None:
    """The value by its looks, for a setting whose type is not known yet."""
    text = node.text
    if not node.is_plain:
        return text
    if node.is_null:
        return None
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else _TRUTH.get(text, text)


def expected(type_: inspect.Type) -> str:
    """What a setting of that type may be, in words."""
    match type_:
        case inspect.Metadata(extra_json_schema={"description": str(description)}):
            return description
        case inspect.LiteralType(values=values):
            *others, last = map(str, values)
            return f"{', '.join(others)} or {last}" if others else last
        case inspect.Metadata(type=inner):
            return expected(inner)
    return _WORDS_BY_TYPE[type(type_)]


_WORDS_BY_TYPE: Final[dict[type[inspect.Type], str]] = {
    inspect.IntType: "a whole number",
    inspect.FloatType: "a number",
    inspect.DecimalType: "a number",
    inspect.BoolType: "true or false",
    inspect.StrType: "a text",
    inspect.DictType: "`name: value` pairs",
    inspect.VarTupleType: "a list",
}


def _whole(node: Scalar, _: inspect.Type) -> int | Unset:
    return int(node.text) if node.is_plain and _WHOLE.fullmatch(node.text) else UNSET


def _fraction(node: Scalar, _: inspect.Type) -> float | Unset:
    return float(node.text) if node.is_plain and _NUMBER.fullmatch(node.text) else UNSET


def _exact(node: Scalar, _: inspect.Type) -> Decimal | Unset:
    return Decimal(node.text) if node.is_plain and _NUMBER.fullmatch(node.text) else UNSET


def _truth(node: Scalar, _: inspect.Type) -> bool | Unset:
    return _TRUTH.get(node.text, UNSET) if node.is_plain else UNSET


def _text(node: Scalar, _: inspect.Type) -> str:
    return node.text


def _choice(node: Scalar, type_: inspect.Type) -> str | Unset:
    assert isinstance(type_, inspect.LiteralType)
    return node.text if node.text in type_.values else UNSET


_READ_BY_TYPE: Final[dict[type[inspect.Type], Callable[[Scalar, inspect.Type], Any]]] = {
    inspect.IntType: _whole,
    inspect.FloatType: _fraction,
    inspect.DecimalType: _exact,
    inspect.BoolType: _truth,
    inspect.StrType: _text,
    inspect.LiteralType: _choice,
}

_KEEPS_BY_BOUND: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "ge": operator.ge,
    "gt": operator.gt,
    "le": operator.le,
    "lt": operator.lt,
    "pattern": lambda text, pattern: re.search(pattern, text) is not None,
    "min_length": lambda text, length: len(text) >= length,
    "max_length": lambda text, length: len(text) <= length,
}
