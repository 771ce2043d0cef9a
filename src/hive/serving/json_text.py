"""Reading JSON the way the venue's server does (protocol.md 0.1).

Stricter than Python's reader: no NaN, no Infinity, no number too large for a float, no half of a
surrogate pair. More curious as well: names that occur twice in one object are reported, because
the venue refuses them. And bounded, since anybody may send to a server.
"""

from __future__ import annotations

import math
import re
from json import JSONDecoder
from typing import Any, Final, NoReturn

import msgspec

DEPTH_MAX: Final = 64
"""How deep arrays and objects may nest; the deepest real request needs six."""

_BLANK: Final = " \t\n\r"
_STRING_OR_BRACKET: Final = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)


class MalformedJson(ValueError):
    """The text does not begin with a JSON value (or one that is too deep)."""


class Decoded(msgspec.Struct, frozen=True):
    """A JSON value and the field names that occurred twice in one of its objects."""

    value: Any
    repeated: tuple[str, ...]


def read_json(text: bytes, *, trailing_ok: bool) -> Decoded:
    """The first JSON value of `text`; with `trailing_ok`, whatever follows it is ignored.

    Raises:
        MalformedJson: there is none.
    """
    repeated: list[str] = []

    def note_repeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        fields = dict(pairs)
        if len(fields) != len(pairs):
            seen: dict[str, None] = {}
            for name, _ in pairs:
                if name in seen:
                    repeated.append(name)
                seen[name] = None
        return fields

    try:
        source = text.decode().lstrip(_BLANK)
        _check_depth(source)
        decoder = JSONDecoder(
            object_pairs_hook=note_repeated, parse_float=_finite, parse_constant=_refuse_constant
        )
        value, end = decoder.raw_decode(source)
    except ValueError as error:
        raise MalformedJson(str(error)) from None
    if not trailing_ok and source[end:].strip(_BLANK):
        raise MalformedJson(f"trailing characters at column {end + 1}")
    if "\\u" in source:
        _check_surrogates(value)
    return Decoded(value, tuple(repeated))


def _check_depth(source: str) -> None:
    if source.count("[") + source.count("{") <= DEPTH_MAX:
        return
    depth = 0
    for token in _STRING_OR_BRACKET.finditer(source):
        match token[0]:
            case "[" | "{":
                depth += 1
                if depth > DEPTH_MAX:
                    raise MalformedJson(f"recursion limit exceeded at column {token.start() + 1}")
            case "]" | "}":
                depth -= 1
                if depth <= 0:
                    return  # the first value is complete; what follows is not read


def _check_surrogates(value: Any) -> None:
    """An escaped half of a pair makes a str that no encoder can write again."""
    try:
        msgspec.json.encode(value)
    except UnicodeEncodeError:
        raise MalformedJson("lone surrogate in a string") from None


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise MalformedJson(f"number out of range: {text[:40]}")
    return number


def _refuse_constant(text: str) -> NoReturn:
    raise MalformedJson(f"{text} is not JSON")
