"""What an answer to a signed action proves, for each order in it.

The venue refuses a whole batch for one static fault, answers with fewer statuses than there were
orders, and refuses for reasons that have nothing to do with the orders. What matters is what is
*proven*: only what was certainly not carried out may be sent again, and whatever is not named stays
unknown until other evidence comes (protocol.md 2.9, 2.10).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum
from typing import Final

import msgspec

from hive.domain.identifiers import Cloid
from hive.hyperliquid.codec_exchange import (
    ActionStatus,
    ExchangeReply,
    Failed,
    Filled,
    Plain,
    Refused,
    Resting,
    UnknownStatus,
)

HTTP_OK: Final = 200
HTTP_TOO_MANY: Final = 429
HTTP_OF_CONTENT: Final = (400, 413, 422)
"""What was sent could not be read: one order of many may be the reason."""
TEXT_MAX: Final = 200


class Meaning(Enum):
    """What an answer says about the action as a whole."""

    NAMED = "named"
    """Taken up; `items` say what became of each."""
    REFUSED = "refused"
    """Nothing of it was carried out: its one order is refused with the text."""
    BARRED = "barred"
    """Nothing of it was carried out, for a reason that is no order's: all would meet it alike."""
    SUSPECT = "suspect"
    """Nothing of it was carried out, for the fault of one that is not named: try halves."""
    NONCE = "nonce"
    """Nothing of it was carried out, because of its nonce: send the same again with a new one."""
    TOO_FAST = "too fast"
    """Nothing of it was carried out, because we ask too much."""
    BUSY = "busy"
    """We ask too much, says an edge before the venue, which may have let it through first."""
    POST_ONLY = "post-only"
    """Nothing of it was carried out, because the venue takes only post-only orders just now."""
    NO_AGENT = "no agent"
    """Nothing of it was carried out, because the venue does not take our key."""
    UNPROVEN = "unproven"
    """It may or may not have been carried out."""


class Reading(msgspec.Struct, frozen=True):
    """`items` has one entry for each order sent; None is not named, thus unknown."""

    meaning: Meaning
    text: str = ""
    items: tuple[ActionStatus | None, ...] = ()
    nonce_floor: int = 0


_NAMED: Final = Meaning.NAMED
_TOO_FAST: Final = ("Too many cumulative requests", "too many pending post requests")
_NO_AGENT: Final = ("User or API Wallet", "Must deposit before performing actions")
"""An unknown or removed key; one that was replaced under its name (venue.md 5)."""
_POST_ONLY: Final = ("Only post-only orders allowed",)
_BUILDER: Final = "Builder fee has not been approved"
APPROVE_FIRST: Final = (
    " Approve it with the account's own key (approveBuilderFee; an agent cannot), or take the"
    " builder out of the configuration."
)
_ABOUT_US: Final = (
    "Unable to recover signer",
    "Vault",
    "Action disabled",
    _BUILDER,
)
"""Refusals that have nothing to do with any one order."""
_MEANING_BY_BEGINNING: Final = (
    (_TOO_FAST, Meaning.TOO_FAST),
    (_POST_ONLY, Meaning.POST_ONLY),
    (_NO_AGENT, Meaning.NO_AGENT),
    (_ABOUT_US, Meaning.BARRED),
)
_STATIC: Final = (
    "Order price cannot be more than",
    "Order has invalid price",
    "Order has invalid size",
    "Order has zero size",
    "Orders are empty",
    "Price must be divisible by tick size",
    "Invalid TP/SL price",
)
"""Found before any order of the batch is looked at."""
_HTTP_STATUS: Final = re.compile(r"([45][0-9]{2})(?: |$)")
"""How the refusal of a post begins that would have been an HTTP status."""
_NONCE_TOO_LOW: Final = re.compile(r"nonce too low [0-9]+ < ([0-9]{1,16})")


def read_reply(
    reply: ExchangeReply, cloids: Sequence[Cloid | None], *, is_family: bool = False
) -> Reading:
    """What the answer to an action proves; `cloids` are those of the orders in it, in turn.

    `is_family`: they stand and fall together, so that a single no is every one's (DS-84).
    """
    sent = len(cloids)
    if isinstance(reply, Refused):
        return read_refusal(reply.reason, sent)
    if isinstance(reply, Plain):
        return Reading(_NAMED, items=(None,) * sent)
    statuses = reply.statuses
    only = statuses[0] if len(statuses) == 1 else None
    if isinstance(only, Failed):
        if only.reason.startswith(_BUILDER):
            return Reading(Meaning.BARRED, with_remedy(only.reason))
        if sent > 1 and (is_family or only.reason.startswith(_STATIC)):
            return Reading(Meaning.SUSPECT, only.reason)
    return Reading(_NAMED, items=_in_turn(statuses, cloids))


def _in_turn(
    statuses: Sequence[ActionStatus], cloids: Sequence[Cloid | None]
) -> tuple[ActionStatus | None, ...]:
    """The status of each order. Where one names another order than the one in whose place it
    stands, places mean nothing, and only those that say whose they are can be believed.
    """
    if len(statuses) == len(cloids) == 1:
        only = statuses[0]
        if _named_by(only) in (None, cloids[0]):
            return (None if isinstance(only, UnknownStatus) else only,)
    named = [_named_by(status) for status in statuses]
    if any(theirs and theirs != ours for theirs, ours in zip(named, cloids, strict=False)):
        by_cloid = {cloid: status for cloid, status in zip(named, statuses, strict=True) if cloid}
        return tuple([None if cloid is None else by_cloid.get(cloid) for cloid in cloids])
    known = [None if isinstance(status, UnknownStatus) else status for status in statuses]
    return tuple([*known, *[None] * (len(cloids) - len(known))][: len(cloids)])


def _named_by(status: ActionStatus) -> Cloid | None:
    return status.cloid if isinstance(status, Resting | Filled) else None


def read_refusal(text: str, sent: int) -> Reading:
    """What a refusal of the whole request proves."""
    if status := _HTTP_STATUS.match(text):
        return read_http_status(int(status[1]), text[status.end() :].encode(), sent)
    if text.startswith("Invalid nonce"):
        if "duplicate" in text:
            # Our own bytes may have arrived twice, the first time with success.
            return Reading(Meaning.UNPROVEN, text)
        too_low = _NONCE_TOO_LOW.search(text)
        return Reading(Meaning.NONCE, text, nonce_floor=int(too_low[1]) if too_low else 0)
    for beginnings, meaning in _MEANING_BY_BEGINNING:
        if text.startswith(beginnings):
            return Reading(meaning, with_remedy(text))
    return Reading(Meaning.REFUSED if sent == 1 else Meaning.SUSPECT, text)


def with_remedy(text: str) -> str:
    """The venue's words, and what to do where only a person can."""
    return text + APPROVE_FIRST if text.startswith(_BUILDER) else text


def read_http_status(status: int, body: bytes, sent: int) -> Reading:
    """What an HTTP answer other than 200 proves by its status."""
    text = f"HTTP {status} {body[:TEXT_MAX].decode(errors='replace')}".rstrip()
    if status == HTTP_TOO_MANY:
        return Reading(Meaning.BUSY, text)
    if status in HTTP_OF_CONTENT:
        return Reading(Meaning.REFUSED if sent == 1 else Meaning.SUSPECT, text)
    if 400 <= status < 500:
        return Reading(Meaning.BARRED, text)
    return Reading(Meaning.UNPROVEN, text)
