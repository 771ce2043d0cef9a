"""A YAML file as a tree in which everything knows its line.

YAML offers more than a configuration needs, and some of it bites: here scalars stay text until a
setting says what they should be (so `coin: NO` is a coin), tags and merge keys are refused, and an
alias costs as much as what it repeats, so no file can unfold into more than `NODES_MAX` nodes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec
import yaml

from hive.app.config.faults import Fault, Place

TEXT_BYTES_MAX: Final = 1 << 20
NODES_MAX: Final = 50_000
DEPTH_MAX: Final = 20
MERGE_KEY: Final = "<<"


class Scalar(msgspec.Struct, frozen=True, tag=True):
    """One value as it was written. `is_plain` says that it stood without quotes."""

    place: Place
    text: str
    is_plain: bool

    @property
    def is_null(self) -> bool:
        return self.is_plain and self.text in {"", "~", "null", "Null", "NULL"}


class Sequence(msgspec.Struct, frozen=True, tag=True):
    """A list."""

    place: Place
    items: tuple[Node, ...]


class Entry(msgspec.Struct, frozen=True):
    """A key with its value; `place` is the key's."""

    place: Place
    key: str
    value: Node


class Mapping(msgspec.Struct, frozen=True, tag=True):
    """Keys with their values, in the order of the file. A key may stand there twice."""

    place: Place
    entries: tuple[Entry, ...]


Node = Scalar | Sequence | Mapping
"""Tagged, because a schema may hold a piece of the tree and msgspec tells unions apart by tag."""


class Unreadable(Exception):
    """The file is no YAML that we read; there is nothing to look for further faults in."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(message)
        self.fault = Fault(place, "", message)


def parse_tree(text: str, file: str) -> Node | None:
    """The one document in `text`; None if it is empty.

    Raises:
        Unreadable: it is not YAML, or more of YAML than is read here.
    """
    growth = _Growth(file)
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            growth.add(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = growth.place(mark) if mark else Place(file, 1, 1)
        raise Unreadable(place, f"not YAML: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise Unreadable(Place(file, 1, 1), f"not YAML: {str(error).splitlines()[0]}") from None
    return growth.root


class _Open:
    """A list or mapping whose end has not come yet."""

    __slots__ = ("anchor", "is_mapping", "nodes_before", "parts", "place")

    def __init__(self, event: Any, place: Place, nodes_before: int) -> None:
        self.place = place
        self.anchor: str | None = event.anchor
        self.is_mapping = isinstance(event, yaml.MappingStartEvent)
        self.nodes_before = nodes_before
        self.parts: list[Node] = []


class _Growth:
    """The tree while the parser's events come in."""

    def __init__(self, file: str) -> None:
        self.root: Node | None = None
        self._file = file
        self._open: list[_Open] = []
        self._nodes = 0
        self._anchored: dict[str, tuple[Node, int]] = {}
        self._documents = 0

    def place(self, mark: Any) -> Place:
        return Place(self._file, mark.line + 1, mark.column + 1)

    def add(self, event: Any) -> None:
        """Take one more event.

        Raises:
            Unreadable: it goes beyond what is read here.
        """
        place = self.place(event.start_mark)
        match event:
            case yaml.DocumentStartEvent():
                self._documents += 1
                _demand(self._documents == 1, place, "a second document begins; one is read")
            case yaml.AliasEvent():
                known = self._anchored.get(str(event.anchor))
                _demand(known is not None, place, f"*{event.anchor} repeats what is not there yet")
                assert known is not None
                node, size = known
                self._attach(node, size)
            case yaml.ScalarEvent():
                self._refuse_tag(event, place)
                scalar = Scalar(place, event.value, event.implicit[0])
                self._attach(scalar, 1, event.anchor)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._refuse_tag(event, place)
                _demand(len(self._open) < DEPTH_MAX, place, f"nested deeper than {DEPTH_MAX}")
                self._open.append(_Open(event, place, self._nodes))
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._close()

    def _refuse_tag(self, event: Any, place: Place) -> None:
        _demand(event.tag is None or event.tag == "!", place, f"tags are not read: {event.tag}")

    def _attach(self, node: Node, size: int, anchor: str | None = None) -> None:
        self._nodes += size
        _demand(self._nodes <= NODES_MAX, node.place, f"more than {NODES_MAX} values")
        if anchor:
            self._anchored[anchor] = (node, size)
        if self._open:
            self._open[-1].parts.append(node)
        else:
            self.root = node

    def _close(self) -> None:
        ended = self._open.pop()
        node: Node
        if ended.is_mapping:
            node = Mapping(ended.place, tuple(self._entries(ended.parts)))
        else:
            node = Sequence(ended.place, tuple(ended.parts))
        size = self._nodes - ended.nodes_before + 1
        self._nodes = ended.nodes_before
        self._attach(node, size, ended.anchor)

    def _entries(self, parts: list[Node]) -> Iterator[Entry]:
        for key, value in zip(parts[::2], parts[1::2], strict=True):
            _demand(isinstance(key, Scalar), key.place, "a key is a plain word")
            assert isinstance(key, Scalar)
            _demand(key.text != MERGE_KEY, key.place, "merge keys (<<) are not read")
            yield Entry(key.place, key.text, value)


def _demand(fine: bool, place: Place, message: str) -> None:
    if not fine:
        raise Unreadable(place, message)
