"""What a question to the venue is, and what comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from hive.domain.identifiers import Address
from hive.localvenue.accounts.account import Account
from hive.localvenue.clearing.clearing_house import ClearingHouse

Json = dict[str, Any]

FAR_FUTURE_MS: Final = 2**62


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


def charged_rows(rows: list[Json]) -> Found:
    """A list that is charged for row by row."""
    return Found(rows, len(rows))


def account_asked(house: ClearingHouse, request: Json) -> Account | None:
    """The account that a question names; nothing is told of the markets' participants, nor to an
    agent's address."""
    account = house.accounts.get(Address(request["user"]))
    return None if account is None or account.is_participant else account
