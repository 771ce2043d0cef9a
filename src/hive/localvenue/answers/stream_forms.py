"""What a type of subscription is to the venue: its channel, its first frame, and when it speaks.

    first    what a new holder is told at once; None says nothing
    by_block what a block makes known: from the news, per coin or user
    clocks   what is told again and again, each at its own pace

A family of streams hands over `{type: Stream}`; `streams` puts them together and does the pushing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from hive.localvenue.clearing.news import News

Json = dict[str, Any]

Payload = Callable[[Json, int], object]
"""What the stream of a canonical form shows at a time; None for nothing."""


class ByClock(msgspec.Struct, frozen=True, kw_only=True):
    """A payload that is made anew every so often."""

    every_ms: int
    payload: Payload
    of: Callable[[Json], bool] = lambda _form: True
    """Which forms of the type go by this clock."""
    changed: Callable[[News], Iterable[str]] | None = None
    """The coins or users that a block changed. With it, only those are told of at the next turn."""
    settled_turns: int | None = None
    """Every so many turns, those that did not change are told of as well."""


class ByBlock(msgspec.Struct, frozen=True, kw_only=True):
    """Payloads that a block makes: `news` finds its items by coin or user, and each item or all of
    them together become frames."""

    news: Callable[[News], Mapping[Any, Any]]
    payloads: Callable[[Json, Any, int], Iterable[object]]
    """The frames for a form, from the items of its coin or user and the time."""


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """A type of subscription."""

    first: Payload
    channel: Callable[[Json], str] | None = None
    """None when the channel has the type's name."""
    by_block: ByBlock | None = None
    clocks: tuple[ByClock, ...] = ()


def nothing_first(_form: Json, _now_ms: int) -> None:
    """For streams that replay nothing."""


def paced(payload: Payload, every_ms: int) -> Stream:
    """Told at once, and then again and again, changed or not."""
    return Stream(first=payload, clocks=(ByClock(every_ms=every_ms, payload=payload),))


def on_change(payload: Payload, every_ms: int, settled_turns: int | None = None) -> Stream:
    """Told at once, and then at the next turn after its account changed."""
    clock = ByClock(every_ms=every_ms, payload=payload, changed=_users, settled_turns=settled_turns)
    return Stream(first=payload, clocks=(clock,))


def _users(news: News) -> Iterable[str]:
    return news.users
