"""What a question to the venue is, and what comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

Json = dict[str, Any]


class Found(NamedTuple):
    """An answer; `rows` is how many rows of it are charged for."""

    payload: Any
    rows: int = 0


class Failed(NamedTuple):
    """An answer that is no 200; the body is `null` or empty."""

    status: int
    body: bytes = b"null"


class Moment(NamedTuple):
    """When a question is asked, and as of when an account's state is shown."""

    now_ms: int
    seen_ms: int

    @property
    def is_late(self) -> bool:
        return self.seen_ms < self.now_ms


Question = Callable[[Json, Moment], Found | Failed]
"""Answers a tidied request."""
