"""Which fields the venue sends that we do not name.

Unknown fields are skipped when a frame is decoded, for free. To know that they are there, frames
are looked at a second time, whole: of each channel the first few, and then one in so many, so that
the hot path pays for one dictionary lookup. Private frames, which are fewer and whose fields come
and go with what happened, have their turn more often.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import repeat
from typing import Any, Final, get_args

import msgspec
from msgspec import inspect

from hive.domain.errors import BadFrame
from hive.hyperliquid import wire
from hive.hyperliquid.wire import Push
from hive.hyperliquid.wire_reading import Frame, read

SAMPLE_FIRST: Final = 8
SAMPLE_EVERY: Final = 256
SAMPLE_EVERY_PRIVATE: Final = 64
UNKNOWN_FIELDS_MAX: Final = 256
"""So many unknown fields are told apart; the rest are counted together under "other"."""

PATH_LENGTH_MAX: Final = 120
UNREADABLE: Final = "unreadable"

_PUBLIC: Final = frozenset(get_args(wire.PublicPush))
_SHAPES: Final = (*_PUBLIC, *get_args(wire.PrivatePush), *get_args(wire.ControlPush), wire.PostPush)
_anything: Final = msgspec.json.Decoder(dict[str, Any])


class FieldCensus:
    """Counts unknown fields and channels; one per reader of frames."""

    def __init__(
        self, *, every: int = SAMPLE_EVERY, every_private: int = SAMPLE_EVERY_PRIVATE
    ) -> None:
        """After the first of a channel, look at one public frame in `every`, and at one of any
        other kind in `every_private`."""
        self._every = every
        self._every_private = every_private
        self._shape_by_channel: dict[str, inspect.Type] | None = None
        self._fields_by_struct: dict[type, dict[str, inspect.Type]] = {}
        self._skips_by_push: dict[type, int] = {}
        self._looks_by_push: dict[type, int] = {}
        self._count_by_field: dict[str, int] = {}
        self.looked_at = 0
        """Frames that were looked at."""

    @property
    def count_by_field(self) -> dict[str, int]:
        """Unknown fields by path ("trades.data[].liquidator"), unknown channels by name."""
        return dict(self._count_by_field)

    def saw(self, push: Push, frame: Frame) -> None:
        """A frame was decoded to this push: look at it if its turn has come."""
        kind = type(push)
        skips = self._skips_by_push.get(kind, 0)
        if skips:
            self._skips_by_push[kind] = skips - 1
            return
        looks = self._looks_by_push[kind] = self._looks_by_push.get(kind, 0) + 1
        if looks >= SAMPLE_FIRST:
            every = self._every if kind in _PUBLIC else self._every_private
            self._skips_by_push[kind] = every - 1
        self.look_at(frame)

    def look_at(self, frame: Frame) -> None:
        """Count what is unknown in this frame.

        A frame that was decoded may still not be JSON as a whole: what is skipped is not checked.
        """
        self.looked_at += 1
        try:
            value = read(_anything, frame)
        except BadFrame:
            self._count(UNREADABLE)
            return
        if self._shape_by_channel is None:
            self._shape_by_channel = _shapes()
        channel = str(value.get("channel"))
        shape = self._shape_by_channel.get(channel)
        if shape is None:
            self._count(channel)
        else:
            self._walk(value, shape, channel)

    def _walk(self, value: Any, shape: inspect.Type, path: str) -> None:
        """Compare a JSON value with the shape it was decoded as; unknown parts are not entered."""
        options = shape.types if isinstance(shape, inspect.UnionType) else (shape,)
        if isinstance(value, dict):
            self._walk_object(value, options, path)
        elif isinstance(value, list):
            for item, item_shape in _items(value, options):
                self._walk(item, item_shape, f"{path}[]")

    def _walk_object(
        self, value: dict[str, Any], options: tuple[inspect.Type, ...], path: str
    ) -> None:
        struct = _struct_for(value, options)
        if struct is None:
            return
        fields = self._fields_of(struct)
        for name, part in value.items():
            shape = fields.get(name)
            if shape is not None:
                self._walk(part, shape, f"{path}.{name}")
            elif name != struct.tag_field:
                self._count(f"{path}.{name}")

    def _fields_of(self, struct: inspect.StructType) -> dict[str, inspect.Type]:
        fields = self._fields_by_struct.get(struct.cls)
        if fields is None:
            fields = {field.encode_name: field.type for field in struct.fields}
            self._fields_by_struct[struct.cls] = fields
        return fields

    def _count(self, field: str) -> None:
        counts = self._count_by_field
        field = field[:PATH_LENGTH_MAX]
        if field not in counts and len(counts) >= UNKNOWN_FIELDS_MAX:
            field = "other"
        counts[field] = counts.get(field, 0) + 1


def _shapes() -> dict[str, inspect.Type]:
    return {str(push.__struct_config__.tag): inspect.type_info(push) for push in _SHAPES}


def _items(
    value: list[Any], options: tuple[inspect.Type, ...]
) -> Iterable[tuple[Any, inspect.Type]]:
    """Each item of a list with the shape it was decoded as; none if the list is not entered."""
    for option in options:
        if isinstance(option, inspect.VarTupleType):
            return zip(value, repeat(option.item_type), strict=False)
        if isinstance(option, inspect.TupleType):
            return zip(value, option.item_types, strict=False)
    return ()


def _struct_for(
    value: dict[str, Any], options: tuple[inspect.Type, ...]
) -> inspect.StructType | None:
    """The struct that this object was decoded as; of several, the one with its tag."""
    for option in options:
        if not isinstance(option, inspect.StructType):
            continue
        if option.tag_field is None or value.get(option.tag_field) == option.tag:
            return option
    return None
