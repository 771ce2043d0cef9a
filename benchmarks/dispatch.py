"""`dispatch`: from a decoded report or fill to events, against the bare bookkeeping.

The state is warm: a thousand live orders, twelve thousand fills remembered. The floor knows its
orders by cloid, de-duplicates fills by their key, adds up, and makes one event. The figures without
a name are those of a fill.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import count
from typing import Final

import msgspec

from benchmarks.measure import Calls, Figures, Yardstick, against_floor, timed
from hive.domain.identifiers import Address, Cloid, Oid, StrategyId, TradeId
from hive.domain.market import Side
from hive.domain.orders import Fill, FillKey, OrderIntent, OrderReport, ReportKind, TimeInForce
from hive.execution.orders.dispatch import Dispatch
from hive.portfolio.exposure import Exposure

ALTERNATIONS: Final = 15
ORDERS: Final = 1_000
"""Live at once, and fed in one alternation."""
WARM_FILLS: Final = 12_000
ACCOUNT: Final = Address("0x" + "ab" * 20)
START_MS: Final = 1_790_000_000_000
PX: Final = Decimal(86_000)
SIZE: Final = Decimal("0.02")
HALF: Final = Decimal("0.01")

YARDSTICKS: Final = {
    "p50_us": Yardstick(peer="~7, its authors' figure, on a faster machine"),
}

PREFIXES: Final = ("", "report_", "repeated_fill_")
"""Of a fill's figures, a report's, and those of a fill that is told again."""

_numbers: Final = count(1)


class FloorOrder(msgspec.Struct):
    """An order of the floor's."""

    cloid: Cloid
    size: Decimal
    oid: Oid | None = None
    filled: Decimal = Decimal(0)


class FloorEvent(msgspec.Struct):
    """What the floor tells a strategy."""

    news: str
    cloid: Cloid
    filled: Decimal


class Floor:
    """The least that knows its orders and books a fill once."""

    def __init__(self) -> None:
        self._orders: dict[Cloid, FloorOrder] = {}
        self._seen: set[FillKey] = set()

    def register(self, intent: OrderIntent) -> None:
        self._orders[intent.cloid] = FloorOrder(intent.cloid, intent.size)

    def report(self, report: OrderReport) -> FloorEvent | None:
        order = self._orders.get(report.cloid) if report.cloid else None
        if order is None or order.oid is not None:
            return None
        order.oid = report.oid
        return FloorEvent("accepted", order.cloid, order.filled)

    def fill(self, fill: Fill) -> FloorEvent | None:
        key = fill.key
        if key in self._seen or fill.cloid is None:
            return None
        self._seen.add(key)
        order = self._orders[fill.cloid]
        order.filled += fill.size
        if order.filled >= order.size:
            del self._orders[fill.cloid]
        return FloorEvent("filled", fill.cloid, order.filled)


class Messages(msgspec.Struct):
    """What comes in, in one alternation: for each order an open, two fills, one repeated."""

    intents: list[OrderIntent]
    reports: list[OrderReport]
    fills: list[Fill]


def run() -> Figures:
    """Microseconds a message, and the median ratios to the bare bookkeeping."""
    hive, floor = Dispatch(Exposure(), _nobody), Floor()
    for _ in range(WARM_FILLS // ORDERS // 2):
        _play(hive, _messages(ORDERS))
        _play(floor, _messages(ORDERS))
    resting = _messages(ORDERS)
    for intent in resting.intents:
        hive.register(intent)
        floor.register(intent)
    ours, floors = [], []
    for _ in range(ALTERNATIONS):
        ours.append(_play(hive, _messages(ORDERS)))
        floors.append(_play(floor, _messages(ORDERS)))
    figures: Figures = {}
    for prefix in PREFIXES:
        found = against_floor([row[prefix] for row in ours], [row[prefix] for row in floors])
        figures |= {f"{prefix}{figure}": value for figure, value in found.items()}
    return figures


def _play(subject: Dispatch | Floor, messages: Messages) -> dict[str, Calls]:
    """What each fill, report and repeated fill took."""
    for intent in messages.intents:
        subject.register(intent)
    report, fill = subject.report, subject.fill
    steps = ((report, messages.reports), (fill, messages.fills), (fill, messages.fills))
    reports, fills, repeated = [timed(take, told) for take, told in steps]
    return dict(zip(PREFIXES, (fills, reports, repeated), strict=True))


def _nobody(_: Cloid) -> StrategyId | None:
    return None


def _messages(orders: int) -> Messages:
    messages = Messages([], [], [])
    for _ in range(orders):
        number = next(_numbers)
        intent = _intent(number)
        messages.intents.append(intent)
        messages.reports.append(_open(intent, Oid(number)))
        messages.fills.extend(_fill(intent, Oid(number), 2 * number + half) for half in (0, 1))
    return messages


def _intent(number: int) -> OrderIntent:
    return OrderIntent(
        strategy=StrategyId(f"maker-{number % 100}"),
        cloid=Cloid(f"0x{number:032x}"),
        coin="BTC",
        side=Side.BUY,
        size=SIZE,
        limit_px=PX,
        tif=TimeInForce.GTC,
        reduce_only=False,
    )


def _open(intent: OrderIntent, oid: Oid) -> OrderReport:
    return OrderReport(
        coin=intent.coin,
        side=intent.side,
        limit_px=intent.limit_px,
        open_size=intent.size,
        original_size=intent.size,
        oid=oid,
        cloid=intent.cloid,
        kind=ReportKind.OPEN,
        status="open",
        status_ms=START_MS,
        reduce_only=False,
    )


def _fill(intent: OrderIntent, oid: Oid, trade: int) -> Fill:
    return Fill(
        account=ACCOUNT,
        coin=intent.coin,
        side=intent.side,
        px=PX,
        size=HALF,
        venue_ms=START_MS + trade,
        trade_id=TradeId(trade),
        oid=oid,
        cloid=intent.cloid,
        start_position=Decimal(0),
        direction="Open Long",
        closed_pnl_usd=Decimal(0),
        fee=Decimal("0.12"),
        fee_token="USDC",  # noqa: S106 (the name of a coin)
        is_taker=False,
    )
