"""Nodes into typed settings: the type says what a setting may be, and every fault is collected.

A section is a msgspec struct. Its field types are read here against the tree rather than decoded by
msgspec, because a decoder stops at the first fault and knows no lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Final, TypeVar

import msgspec
from msgspec import inspect

from hive.app.config.faults import Fault, Place, inner, shown, unknown
from hive.app.config.later import later
from hive.app.config.scalars import UNSET, Unset, expected, plain_scalar, read_scalar
from hive.app.config.tree import Entry, Mapping, Node, Scalar, Sequence

S = TypeVar("S", bound=msgspec.Struct)

_IN_WORDS: Final = {Mapping: "`name: value` pairs", Sequence: "a list"}


@cache
def _fields_by_name(kind: type[msgspec.Struct]) -> dict[str, inspect.Field]:
    described = inspect.type_info(kind)
    assert isinstance(described, inspect.StructType)
    return {field.name: field for field in described.fields}


class Reader:
    """Reads settings out of nodes. `faults` is everything that was wrong so far."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self._place_by_path: dict[str, Place] = {}

    def fault(self, place: Place, path: str, message: str) -> Unset:
        """Book a fault; UNSET is what the setting then is."""
        self.faults.append(Fault(place, path, message))
        return UNSET

    def fault_at(self, path: str, message: str) -> Unset:
        """Book a fault of a setting that was read before, or is missing."""
        return self.fault(self.place_of(path), path, message)

    def place_of(self, path: str) -> Place:
        """Where the setting stands, or what it would stand in."""
        while path and path not in self._place_by_path:
            path = path.rpartition("[" if path.endswith("]") else ".")[0]
        return self._place_by_path[path]

    def struct(self, node: Node, kind: type[S], path: str) -> S | Unset:
        """The settings in `node`, or UNSET if anything in them is wrong."""
        faults_before = len(self.faults)
        values = self.fields(node, kind, path)
        if len(self.faults) > faults_before:
            return UNSET
        try:
            return kind(**values)
        except ValueError as error:  # a rule over several settings, in `__post_init__`
            return self.fault(node.place, path, str(error))

    def fields(self, node: Node, kind: type[S], path: str) -> dict[str, Any]:
        """Those settings in `node` that can be read, so that others can be judged by them."""
        self._place_by_path.setdefault(path, node.place)
        if not isinstance(node, Mapping):
            self.fault(node.place, path, f"expected {_IN_WORDS[Mapping]}")
            return {}
        fields = _fields_by_name(kind)
        values: dict[str, Any] = {}
        for entry in self.entries(node, path):
            key, where = entry.key, inner(path, entry.key)
            if coming := later(where, entry.value):
                self.faults.append(Fault(entry.place, where, coming, is_later=True))
            elif key not in fields:
                self.fault(entry.place, where, f"unknown key, {unknown(key, fields)}")
            else:
                values[key] = self._value(entry.value, fields[key].type, where)
        for name, field in fields.items():
            if field.required and name not in values:
                self.fault(node.place, inner(path, name), "is required")
        return {key: value for key, value in values.items() if value is not UNSET}

    def entries(self, node: Mapping, path: str) -> Iterator[Entry]:
        """The entries of a mapping; one whose key stood there before is a fault."""
        line_by_key: dict[str, int] = {}
        for entry in node.entries:
            where = inner(path, entry.key)
            if entry.key in line_by_key:
                first = line_by_key[entry.key]
                self.fault(entry.place, where, f"stands here again, first in line {first}")
            else:
                line_by_key[entry.key] = entry.place.line
                self._place_by_path[where] = entry.place
                yield entry

    def plain(self, node: Node, path: str) -> Any:
        """The node as plain values, for settings whose types are known to somebody else."""
        match node:
            case Mapping():
                return {
                    entry.key: self.plain(entry.value, inner(path, entry.key))
                    for entry in self.entries(node, path)
                }
            case Sequence():
                return [self.plain(item, f"{path}[{i}]") for i, item in enumerate(node.items)]
            case Scalar():
                return plain_scalar(node)

    def _value(self, node: Node, type_: inspect.Type, path: str) -> Any:
        """The value of one setting, or UNSET."""
        match type_:
            case inspect.UnionType(types=types):
                return self._union(node, types, path)
            case inspect.StructType(cls=kind) if kind not in _IN_WORDS:
                return self.struct(node, kind, path)
            case inspect.StructType(cls=kind):  # a piece of the tree, to be read later
                if isinstance(node, kind):
                    return node
                return self.fault(node.place, path, f"expected {_IN_WORDS[kind]}")
            case inspect.DictType() | inspect.VarTupleType():
                return self._collection(node, type_, path)
        return self._scalar(node, type_, path)

    def _collection(
        self, node: Node, type_: inspect.DictType | inspect.VarTupleType, path: str
    ) -> Any:
        """What can be read of several settings of one kind, by key or in turn."""
        match type_, node:
            case inspect.DictType(value_type=each), Mapping():
                return {
                    entry.key: self._value(entry.value, each, inner(path, entry.key))
                    for entry in self.entries(node, path)
                }
            case inspect.VarTupleType(item_type=each), Sequence():
                values = [
                    self._value(item, each, f"{path}[{i}]") for i, item in enumerate(node.items)
                ]
                return tuple([value for value in values if value is not UNSET])
        return self._scalar(node, type_, path)

    def _scalar(self, node: Node, type_: inspect.Type, path: str) -> Any:
        got = ""
        if isinstance(node, Scalar) and not node.is_null:
            value = read_scalar(node, type_)
            if value is not UNSET:
                return value
            got = f", got {shown(node.text)}"
        return self.fault(node.place, path, f"expected {expected(type_)}{got}")

    def _union(self, node: Node, types: tuple[inspect.Type, ...], path: str) -> Any:
        """One alternative beside None; of several, the one that has the node's shape."""
        kinds = [type_ for type_ in types if not isinstance(type_, inspect.NoneType)]
        if isinstance(node, Scalar) and node.is_null and len(kinds) < len(types):
            return None
        for type_ in kinds:
            if isinstance(type_, inspect.DictType) == isinstance(node, Mapping):
                return self._value(node, type_, path)
        return self._value(node, kinds[0], path)
