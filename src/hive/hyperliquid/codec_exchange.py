"""What `/exchange` answers, by HTTP or by post (protocol.md 2.9).

An answer holds one status per order or cancel, *usually*: a fault that the venue finds before it
looks at single orders may give one status for the whole batch, so the number of statuses is never
taken for granted. A status that cannot be understood becomes `UnknownStatus` and costs no other
status its meaning; its order's fate is unknown, like an answer that never came.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Literal

import msgspec

from hive.domain.errors import BadFrame
from hive.domain.identifiers import Cloid, Oid
from hive.hyperliquid.codec_account import to_cloid
from hive.hyperliquid.wire_numbers import CloidText, Id, NumberText, Word, proven
from hive.hyperliquid.wire_reading import UNREADABLE, Frame, read

# --- as it travels -----------------------------------------------------------------------------


class WireResting(msgspec.Struct, frozen=True, omit_defaults=True):
    oid: Id
    cloid: CloidText | None = None


class WireFilled(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    total_sz: NumberText
    avg_px: NumberText
    oid: Id
    cloid: CloidText | None = None


class WireRunning(msgspec.Struct, frozen=True, rename="camel"):
    twap_id: Id


class WireStatus(msgspec.Struct, frozen=True, omit_defaults=True):
    """Exactly one of these is set."""

    resting: WireResting | None = None
    filled: WireFilled | None = None
    error: str | None = None
    running: WireRunning | None = None


class _Outcomes(msgspec.Struct, frozen=True):
    """One status, or a list of them, unread so that each can be read by itself."""

    statuses: tuple[msgspec.Raw, ...] = ()
    status: msgspec.Raw = msgspec.Raw()


class _Response(msgspec.Struct, frozen=True):
    type: Word
    data: _Outcomes | None = None


class _UsualOutcomes(msgspec.Struct, frozen=True):
    statuses: tuple[WireStatus | str, ...]


class _UsualResponse(msgspec.Struct, frozen=True):
    type: Word
    data: _UsualOutcomes


class _Ok(msgspec.Struct, frozen=True, tag_field="status", tag="ok"):
    response: _Response


class _Usual(msgspec.Struct, frozen=True, tag_field="status", tag="ok"):
    """An answer that names every order and is understood throughout: nearly all are."""

    response: _UsualResponse


class _Err(msgspec.Struct, frozen=True, tag_field="status", tag="err"):
    response: str


# --- as it is understood -----------------------------------------------------------------------


class Resting(msgspec.Struct, frozen=True):
    """It rests in the book, whole."""

    oid: Oid
    cloid: Cloid | None = None


class Filled(msgspec.Struct, frozen=True):
    """It matched at once. Not always whole: what is left of a GTC order rests."""

    oid: Oid
    total_size: Decimal
    average_px: Decimal
    cloid: Cloid | None = None


class Waiting(msgspec.Struct, frozen=True):
    """It rests nowhere yet: its parent must fill, or its trigger price be reached."""

    on: Literal["fill", "trigger"]


class Done(msgspec.Struct, frozen=True):
    """A cancel succeeded."""


class Running(msgspec.Struct, frozen=True):
    """A TWAP began."""

    twap_id: int


class Failed(msgspec.Struct, frozen=True):
    """The venue's no to this one, in its own words."""

    reason: str


class UnknownStatus(msgspec.Struct, frozen=True):
    """Neither yes nor no that we can read: ask for the order, never guess."""

    text: str


ActionStatus = Resting | Filled | Waiting | Done | Running | Failed | UnknownStatus


class Statuses(msgspec.Struct, frozen=True):
    """The action was taken up. `action` is the venue's word for its kind."""

    action: str
    statuses: tuple[ActionStatus, ...]


class Plain(msgspec.Struct, frozen=True):
    """The action was carried out; there is nothing more to say (`default`)."""

    action: str


class Refused(msgspec.Struct, frozen=True):
    """The whole request was refused."""

    reason: str


ExchangeReply = Statuses | Plain | Refused

STATUS_TEXT_MAX: Final = 200
_STATUS_BY_WORD: Final[dict[str, ActionStatus]] = {
    "success": Done(),
    "waitingForFill": Waiting("fill"),
    "waitingForTrigger": Waiting("trigger"),
}
_usual: Final = msgspec.json.Decoder(_Usual)
_reply: Final = msgspec.json.Decoder(_Ok | _Err)
_element: Final = msgspec.json.Decoder(WireStatus | str)


def decode_exchange_reply(body: Frame) -> ExchangeReply:
    """The venue's answer to an action.

    Raises:
        BadFrame: it is none. The action may have been carried out all the same.
    """
    try:
        usual = _usual.decode(body).response
    except UNREADABLE:
        return _piece_by_piece(body)
    meanings = [_meaning(status) for status in usual.data.statuses]
    statuses = tuple([meaning for meaning in meanings if meaning is not None])
    if len(statuses) < len(meanings):
        return _piece_by_piece(body)
    return Statuses(usual.type, statuses)


def _piece_by_piece(body: Frame) -> ExchangeReply:
    reply = read(_reply, body)
    if isinstance(reply, _Err):
        return Refused(reply.response)
    response = reply.response
    data = response.data
    if data is None:
        return Plain(response.type)
    elements = [bytes(element) for element in (*data.statuses, data.status)]
    return Statuses(response.type, tuple([_status(element) for element in elements if element]))


def _status(element: bytes) -> ActionStatus:
    try:
        known = _meaning(read(_element, element))
    except BadFrame:
        known = None
    return known or UnknownStatus(element[:STATUS_TEXT_MAX].decode(errors="replace"))


def _meaning(status: WireStatus | str) -> ActionStatus | None:
    if isinstance(status, str):
        return _STATUS_BY_WORD.get(status)
    if (resting := status.resting) is not None:
        return Resting(Oid(resting.oid), to_cloid(resting.cloid))
    if (filled := status.filled) is not None:
        return Filled(
            Oid(filled.oid),
            proven(filled.total_sz),
            proven(filled.avg_px),
            to_cloid(filled.cloid),
        )
    if status.error is not None:
        return Failed(status.error)
    return Running(status.running.twap_id) if status.running is not None else None
