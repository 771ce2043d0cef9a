"""The shape of JSON: which fields, of which kinds, and how two shapes differ.

A shape is what all values at a place have been: by kind, and for objects and lists what is inside.
Order of fields does not matter here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

KIND = {dict: "object", list: "list", str: "text", bool: "flag", int: "integer", float: "float"}


class Fields:
    """The fields of the objects at a place, and how many objects there were."""

    def __init__(self) -> None:
        self.count = 0
        self.seen: dict[str, int] = {}
        self.shapes: dict[str, Shape] = {}


class Shape:
    """What values at a place have been."""

    def __init__(self) -> None:
        self.kinds: set[str] = set()
        self.fields = Fields()
        self.inner: Shape | None = None

    def take(self, value: Any, *, maps: Iterable[str] = (), path: str = "") -> None:
        """Add a value. At the paths in `maps` the names are data, not fields."""
        if value is None:
            return
        self.kinds.add(KIND[type(value)])
        if isinstance(value, list):
            self.inner = self.inner or Shape()
            for item in value:
                self.inner.take(item, maps=maps, path=f"{path}[]")
        elif isinstance(value, dict):
            self._take_object(value, maps, path)

    def _take_object(self, value: dict[str, Any], maps: Iterable[str], path: str) -> None:
        is_map = path in maps
        fields = self.fields
        fields.count += 1
        for name, inner in value.items():
            field = "*" if is_map else name
            fields.seen[field] = fields.seen.get(field, 0) + 1
            shape = fields.shapes.setdefault(field, Shape())
            shape.take(inner, maps=maps, path=f"{path}.{field}")


class Difference(NamedTuple):
    """Something at a path that one side has and the other has not."""

    path: str
    what: str


def shape_of(value: Any, *, maps: Iterable[str] = ()) -> Shape:
    shape = Shape()
    shape.take(value, maps=maps)
    return shape


def differences(ours: Shape, theirs: Shape, path: str = "") -> Iterator[Difference]:
    """Kinds that they never have, fields that they always or never have, lists without content."""
    if theirs.kinds:
        for kind in sorted(ours.kinds - theirs.kinds):
            yield Difference(path, f"{kind} for {'/'.join(sorted(theirs.kinds))}")
    if ours.inner is not None and theirs.inner is not None:
        is_empty = not ours.inner.kinds and theirs.inner.kinds
        if is_empty:
            yield Difference(f"{path}[]", "nothing of ours to compare")
        else:
            yield from differences(ours.inner, theirs.inner, f"{path}[]")
    if "object" in ours.kinds and "object" in theirs.kinds:
        yield from _field_differences(ours.fields, theirs.fields, path)


def _field_differences(ours: Fields, theirs: Fields, path: str) -> Iterator[Difference]:
    for name, times in theirs.seen.items():
        if name not in ours.seen and times == theirs.count:
            yield Difference(f"{path}.{name}", "missing")
    for name, shape in ours.shapes.items():
        if name in theirs.shapes:
            yield from differences(shape, theirs.shapes[name], f"{path}.{name}")
        else:
            yield Difference(f"{path}.{name}", "not theirs")
