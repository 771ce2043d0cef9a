"""What the venue tells of TWAPs: rows of `twapHistory`, of the question and of the stream.

The shape is documented (venue.md 4) and was never recorded, so a row that does not fit costs no
other its meaning: it is left out, and who waits for it asks again.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from hive.domain.errors import BadFrame
from hive.domain.market import Side
from hive.domain.twaps import TwapReport
from hive.hyperliquid.wire_numbers import Id, Ms, NumberText, Word, proven
from hive.hyperliquid.wire_reading import Frame, read


class WireTwapState(msgspec.Struct, frozen=True, rename="camel"):
    coin: Word
    side: Side
    sz: NumberText
    executed_sz: NumberText
    minutes: Id
    reduce_only: bool
    randomize: bool
    timestamp: Ms


class WireTwapStatus(msgspec.Struct, frozen=True):
    status: Word
    description: str = ""


class WireTwapRow(msgspec.Struct, frozen=True, rename="camel"):
    """`time` is in seconds."""

    state: WireTwapState
    status: WireTwapStatus
    twap_id: Id | UnsetType | None = UNSET


REASON_MAX: Final = 200
_rows: Final = msgspec.json.Decoder(tuple[msgspec.Raw, ...])
_row: Final = msgspec.json.Decoder(WireTwapRow)


def decode_twap_history(body: Frame) -> list[TwapReport]:
    """What has become of an account's TWAPs, as the venue orders it: newest first.

    Raises:
        BadFrame: it is not a list.
    """
    reports: list[TwapReport] = []
    for row in read(_rows, body):
        try:
            reports.append(_report(read(_row, bytes(row))))
        except BadFrame:
            continue
    return reports


def to_twap_reports(rows: Any) -> list[TwapReport]:
    """The rows of a `twapHistory` event that can be understood."""
    reports: list[TwapReport] = []
    for row in rows if isinstance(rows, list | tuple) else ():
        try:
            reports.append(_report(msgspec.convert(row, WireTwapRow)))
        except (msgspec.ValidationError, ValueError):
            continue
    return reports


def _report(row: WireTwapRow) -> TwapReport:
    state = row.state
    return TwapReport(
        twap_id=row.twap_id if isinstance(row.twap_id, int) else None,
        coin=state.coin,
        side=state.side,
        size=proven(state.sz),
        filled_size=proven(state.executed_sz),
        minutes=state.minutes,
        is_randomized=state.randomize,
        reduce_only=state.reduce_only,
        started_ms=state.timestamp,
        status=row.status.status,
        reason=row.status.description[:REASON_MAX],
    )
