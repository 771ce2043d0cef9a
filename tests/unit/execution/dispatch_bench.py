"""One order and everything the venue can say of it, in any order a test likes."""

from __future__ import annotations

from decimal import Decimal

from hive.domain.identifiers import (
    Address,
    Cloid,
    CloidFields,
    Oid,
    StrategyId,
    TradeId,
    pack_cloid,
)
from hive.domain.market import Side
from hive.domain.order_options import OrderOptions
from hive.domain.orders import Fill, OrderIntent, OrderReport, ReportKind, TimeInForce
from hive.execution.orders.dispatch import DEFAULT_LIMITS, Dispatch, DispatchLimits
from hive.execution.orders.dispatched import Dispatched, Wish
from hive.execution.orders.legs import Replacement
from hive.execution.orders.order_life import OrderLife
from hive.hyperliquid.codec import report_kind
from hive.portfolio.exposure import Exposure

ACCOUNT = Address("0x" + "ab" * 20)
ALICE = StrategyId("alice")
V1, V2, V3 = 101, 102, 103
PX = Decimal(100)


def cloid_of(number: int) -> Cloid:
    return pack_cloid(CloidFields(7, 1, 1, 1, number))


def fill_at(
    venue_ms: int,
    *,
    oid: int = V1,
    size: str = "1",
    trade: int = 1,
    cloid: Cloid | None = None,
    twap_id: int | None = None,
) -> Fill:
    """A buy at `PX`."""
    return Fill(
        account=ACCOUNT,
        coin="BTC",
        side=Side.BUY,
        px=PX,
        size=Decimal(size),
        venue_ms=venue_ms,
        trade_id=TradeId(trade),
        oid=Oid(oid),
        cloid=cloid,
        start_position=Decimal(0),
        direction="Open Long",
        closed_pnl_usd=Decimal(0),
        fee=Decimal("0.01"),
        fee_token="USDC",
        is_taker=False,
        twap_id=twap_id,
    )


FIRST = cloid_of(1)


class DispatchBench:
    """A dispatch with one order of size 1, sent. Sizes are texts."""

    def __init__(
        self,
        tif: TimeInForce = TimeInForce.GTC,
        limits: DispatchLimits = DEFAULT_LIMITS,
        options: OrderOptions | None = None,
    ) -> None:
        self.exposure = Exposure()
        self.dispatch = Dispatch(self.exposure, self._owner_of, limits)
        self.cloid = FIRST
        self.life = self.place(self.cloid, tif, options)
        self._trades = 0

    def place(
        self,
        cloid: Cloid,
        tif: TimeInForce = TimeInForce.GTC,
        options: OrderOptions | None = None,
    ) -> OrderLife:
        intent = OrderIntent(
            strategy=ALICE,
            cloid=cloid,
            coin="BTC",
            side=Side.BUY,
            size=Decimal(1),
            limit_px=PX,
            tif=tif,
            options=options,
        )
        life = self.dispatch.register(intent)
        life.is_sent = True
        return life

    def replace(self, size: str = "1", px: str = "101") -> Replacement:
        """Send a replace: what stands before its bytes leave."""
        wanted = Decimal(size)
        sent = wanted - self.life.filled
        replacement = Replacement(wanted, Decimal(px), sent)
        self.life.replacement = replacement
        return replacement

    @property
    def replacement(self) -> Replacement:
        """The replace in flight."""
        replacement = self.life.replacement
        assert replacement is not None
        return replacement

    # --- what the venue says --------------------------------------------------------------------

    def report(
        self,
        oid: int,
        status: str,
        *,
        size: str = "1",
        open_size: str | None = None,
        px: str = "100",
        cloid: Cloid | str | None = "",
    ) -> Dispatched:
        kind = report_kind(status)
        if open_size is None:
            open_size = "0" if kind is ReportKind.FILLED else size
        return self.dispatch.report(
            OrderReport(
                coin="BTC",
                side=Side.BUY,
                limit_px=Decimal(px),
                open_size=Decimal(open_size),
                original_size=Decimal(size),
                oid=Oid(oid),
                cloid=self.cloid if cloid == "" else cloid,  # type: ignore[arg-type]  # "" is ours
                kind=kind,
                status=status,
                status_ms=1,
                reduce_only=False,
            )
        )

    def open(self, oid: int, *, size: str = "1", px: str = "100") -> Dispatched:
        return self.report(oid, "open", size=size, px=px)

    def fill(
        self,
        oid: int,
        size: str,
        *,
        trade: int | None = None,
        cloid: Cloid | str | None = "",
        twap_id: int | None = None,
    ) -> Dispatched:
        self._trades += 1
        return self.dispatch.fill(
            fill_at(
                1,
                oid=oid,
                size=size,
                trade=self._trades if trade is None else trade,
                cloid=self.cloid if cloid == "" else cloid,  # type: ignore[arg-type]  # "" is ours
                twap_id=twap_id,
            )
        )

    # --- what answers say -----------------------------------------------------------------------

    def told(self, out: Dispatched) -> Dispatched:
        """Bring the sets in line after `life` was told something directly."""
        return self.dispatch.apply(self.life, out)

    def acked(self, oid: int, filled: str | None = None) -> Dispatched:
        out = Dispatched()
        self.life.accepted(Oid(oid), None if filled is None else Decimal(filled), out)
        return self.told(out)

    def rejected(self, reason: str = "no") -> Dispatched:
        out = Dispatched()
        self.life.order_rejected(reason, out)
        return self.told(out)

    def unanswered(self) -> Dispatched:
        out = Dispatched()
        self.life.order_unanswered("no answer", out)
        return self.told(out)

    def replaced(self, which: Replacement, oid: int, filled: str | None = None) -> Dispatched:
        out = Dispatched()
        size = None if filled is None else Decimal(filled)
        self.life.replaced(which, Oid(oid), size, out)
        return self.told(out)

    def replace_rejected(self, which: Replacement, reason: str = "no") -> Dispatched:
        out = Dispatched()
        self.life.replace_rejected(which, reason, out)
        return self.told(out)

    def canceled(self) -> Dispatched:
        out = Dispatched()
        self.life.cancel_done(out)
        return self.told(out)

    def cancel_rejected(self) -> Dispatched:
        out = Dispatched()
        self.life.cancel_rejected("Order was never placed, already canceled, or filled.", out)
        return self.told(out)

    @staticmethod
    def _owner_of(cloid: Cloid) -> StrategyId | None:
        return ALICE if cloid.startswith("0x4869") else None


def replacing(size: str = "1", px: str = "101") -> DispatchBench:
    """An order that rests as V1, and a replace of it in flight."""
    bench = DispatchBench()
    bench.open(V1)
    bench.replace(size, px)
    return bench


def news(out: Dispatched) -> list[str]:
    return [event.news.value for event in out.events]


def wishes(out: Dispatched) -> list[Wish]:
    return [wish for _, wish in out.wishes]
