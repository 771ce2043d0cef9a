"""Fields of requests and subscriptions, and how a table of them reads JSON.

A table says for each type its fields in the venue's own order: name, JSON type and, unless the
field must be there, what stands for it when it is not. Fields that are not listed are dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Final, Literal

import msgspec
import msgspec.structs

from hive.domain.identifiers import parse_address

Fields = tuple[tuple[str, Any] | tuple[str, Any, Any], ...]
"""(name, type) of one that must be there, (name, type, default) of one that may be left out."""

UINT64_MAX: Final = 2**64 - 1
"""The venue's integers have 64 bits."""

Unsigned = Annotated[int, msgspec.Meta(ge=0)]
Interval = Literal[
    "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "8h", "12h", "1d", "3d", "1w", "1M"
]

USER: Final = ("user", str)
COIN: Final = ("coin", str)
DEX: Final = ("dex", str, "")
"""Empty for the first perp dex; null is refused (venue.md 5)."""

ADDRESS_FIELDS: Final = ("user", "builder", "vaultAddress", "source")
"""What holds an address, whatever the type."""


class UnknownType(ValueError):
    """No type of that name is in the table."""


class MisfitField(ValueError):
    """A field that is missing, or not of its JSON type."""


class FieldTable:
    """The shapes of all types of a kind."""

    def __init__(self, fields_by_type: Mapping[str, Fields]) -> None:
        self._shapes: dict[str, type[msgspec.Struct]] = {
            kind: msgspec.defstruct(kind[:1].upper() + kind[1:], fields, tag=kind)
            for kind, fields in fields_by_type.items()
        }
        self.field_names = frozenset(("type", *_names(self._shapes.values())))
        """Of all types together, inner ones included."""

    def __contains__(self, kind: str) -> bool:
        return kind in self._shapes

    @property
    def types(self) -> list[str]:
        return list(self._shapes)

    def read(self, value: Any) -> dict[str, Any]:
        """The type and all its fields, in the table's order.

        Raises:
            UnknownType: there is no such type, or no type at all.
            MisfitField: a field is missing or of another JSON type.
        """
        kind = value.get("type") if isinstance(value, dict) else None
        shape = self._shapes.get(kind) if isinstance(kind, str) else None
        if shape is None:
            raise UnknownType(f"unknown type {str(kind)[:40]}")
        try:
            fields: dict[str, Any] = msgspec.to_builtins(msgspec.convert(value, shape))
        except msgspec.ValidationError as error:
            raise MisfitField(str(error)) from None
        check_sizes(fields)
        return fields


def normalise_addresses(fields: dict[str, Any]) -> None:
    """Write every address in its one form: lower case, with 0x.

    Raises:
        MalformedIdentifier: one is none.
    """
    for name in ADDRESS_FIELDS:
        if fields.get(name) is not None:
            fields[name] = parse_address(fields[name])


def check_sizes(fields: dict[str, Any]) -> None:
    """Refuse integers that the venue could not hold.

    Raises:
        MisfitField: one has more than 64 bits.
    """
    for name, value in fields.items():
        if isinstance(value, dict):
            check_sizes(value)
        elif isinstance(value, int) and value > UINT64_MAX:
            raise MisfitField(f"{name}: {str(value)[:30]} does not fit 64 bits")


def _names(shapes: Iterable[type[msgspec.Struct]]) -> Iterator[str]:
    for shape in shapes:
        for field in msgspec.structs.fields(shape):
            yield field.encode_name
            if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
                yield from _names([field.type])
