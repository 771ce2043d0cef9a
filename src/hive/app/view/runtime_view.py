"""One frozen picture of a runtime, put together from the snapshots of its parts."""

from __future__ import annotations

from collections import deque
from decimal import Decimal
from typing import Final

from hive.app.notes.market_data import data_troubles
from hive.app.notes.notices import Notices
from hive.app.processes.trader_messages import Stopped
from hive.app.snapshot import (
    HeldPosition,
    History,
    Holder,
    PositionRow,
    RuntimeSnapshot,
    StrategyRow,
)
from hive.app.view.account_rows import Spending, account_rows, spending_by_strategy
from hive.app.view.kept_prices import KeptPrices
from hive.app.view.loop_lag import LoopLag
from hive.app.view.resident_memory import resident_mb
from hive.app.wiring.runtime import Runtime
from hive.domain.identifiers import Address, StrategyId
from hive.domain.instruments import ZERO
from hive.execution.desk.settings import DeskSnapshot
from hive.execution.order_desk import OrderDesk
from hive.portfolio.positions import Position
from hive.runtime.ports import Clock
from hive.strategy.seat import SeatState, StrategySnapshot

POINTS_MAX: Final = 3_600
LOG_LINES: Final = 60
NS_PER_MS: Final = 1_000_000


class RuntimeView:
    """Looks at a started runtime; changes nothing."""

    def __init__(
        self,
        runtime: Runtime,
        clock: Clock,
        notices: Notices,
        lag: LoopLag | None = None,
        *,
        remark: str = "",
    ) -> None:
        """`remark` is for those who look at the run."""
        self._remark = remark
        self._runtime = runtime
        self._clock = clock
        self._notices = notices
        self._lag = lag
        self.sockets_peak = 0
        self.subscriptions_peak = 0
        """The most sockets open and streams held at once, as far as pictures were taken."""
        self._began_ns = clock.monotonic_ns()
        self._points: deque[tuple[float, int, int]] = deque(maxlen=POINTS_MAX)
        """Equity, what was sent, fills."""
        self._told = (0, 0)
        """Reconnects and lost answers that were said."""
        self._prices = KeptPrices(self._px)
        self._paused: dict[StrategyId, str] = {}
        """Who was paused when the end began, and why."""

    @property
    def account(self) -> str:
        """The account traded; the first of several."""
        return self._runtime.accounts[0].address if self._runtime.accounts else ""

    @property
    def equity_usd(self) -> list[float]:
        """What `sample` has seen."""
        return [point[0] for point in self._points]

    def history(self) -> History:
        """What `sample` has seen, for who comes late."""
        return History(
            equity_usd=self.equity_usd,
            sent=[point[1] for point in self._points],
            fills=[point[2] for point in self._points],
        )

    def sample(self) -> None:
        """Add a point to the history, and say what people should hear of."""
        desks = [account.desk.snapshot() for account in self._runtime.accounts]
        equity_usd = self._equity()
        if equity_usd is not None:
            sent = sum(sum(desk.economy.sent.values()) for desk in desks)
            self._points.append((equity_usd, sent, self._fills()))
        reconnects, lost = (
            self._runtime.pool.snapshot().reconnects,
            sum(desk.lost_responses for desk in desks),
        )
        if reconnects > self._told[0]:
            self._notices.say("reconnect", f"a socket was lost and is back, {reconnects} so far")
        if lost > self._told[1]:
            self._notices.say("lost", f"an answer never came; the venue was asked, {lost} so far")
        self._told = (reconnects, lost)

    def before_stop(self) -> None:
        """Remember what the stop takes away: prices, and who is paused."""
        strategies = self._strategies()
        self._prices.keep(each.coin for strategy in strategies for each in strategy.positions)
        for account in self._runtime.accounts:
            self._prices.keep(each.coin for each in account.desk.account_positions())
        self._paused = {
            each.strategy_id: each.reason for each in strategies if each.state is SeatState.PAUSED
        }

    def stopped(self, orders_uncertain: int) -> Stopped:
        """The last word, once the runtime has stopped; `before_stop` came before."""
        strategies = self._strategies()
        return Stopped(
            snapshot=self.snapshot(),
            strategies=len(strategies),
            strategies_ordering=sum(1 for strategy in strategies if strategy.orders),
            strategies_filled=sum(1 for strategy in strategies if strategy.fills),
            sockets=self.sockets_peak,
            subscriptions=self.subscriptions_peak,
            equity_usd=self.equity_usd,
            held=self._held(),
            orders_uncertain=orders_uncertain,
        )

    def snapshot(self) -> RuntimeSnapshot:
        """Everything, now."""
        runtime = self._runtime
        strategies = self._strategies()
        desks = [account.desk.snapshot() for account in runtime.accounts]
        spending = spending_by_strategy(desks)
        pool = runtime.pool.snapshot()
        self.sockets_peak = max(self.sockets_peak, pool.sockets_open)
        self.subscriptions_peak = max(self.subscriptions_peak, pool.subscriptions)
        weight = runtime.ip_budget.snapshot(self._clock.monotonic_ns() // NS_PER_MS).weight
        market = runtime.market_data.snapshot() if runtime.market_data is not None else None
        return RuntimeSnapshot(
            wall_ms=self._clock.now_ms(),
            uptime_ms=(self._clock.monotonic_ns() - self._began_ns) // NS_PER_MS,
            mode=runtime.plan.mode,
            remark=self._remark,
            venue_url=runtime.plan.venue_url,
            account=self.account,
            equity_usd=self._equity() or 0.0,
            pnl_usd=float(sum(map(self._prices.profit_usd, strategies), ZERO)),
            fees_usd=float(sum((strategy.fees_usd for strategy in strategies), ZERO)),
            strategies_running=_in_state(strategies, SeatState.RUNNING),
            strategies_paused=_in_state(strategies, SeatState.PAUSED),
            **_desk_counts(desks),
            fills=sum(strategy.fills for strategy in strategies),
            reconnects=pool.reconnects,
            sockets=pool.sockets_open,
            subscriptions=pool.subscriptions,
            frames=pool.frames,
            bad_frames=pool.bad_frames,
            gaps=market.gaps if market is not None else 0,
            data_troubles=data_troubles(pool, market),
            ip_weight_used=weight.used,
            ip_weight_cap=weight.cap,
            loop_lag_p99_ms=self._lag.p99_ms() if self._lag is not None else 0.0,
            rss_mb=resident_mb(),
            accounts=account_rows(desks),
            strategies=[
                self._strategy_row(strategy, spending.get(strategy.strategy_id))
                for strategy in strategies
            ],
            positions=self._position_rows(),
            log=self._notices.newest(LOG_LINES),
        )

    def _strategies(self) -> tuple[StrategySnapshot, ...]:
        host = self._runtime.host
        return host.snapshot().strategies if host is not None else ()

    def _fills(self) -> int:
        return self._runtime.host.fills if self._runtime.host is not None else 0

    def _px(self, coin: str) -> float | None:
        market = self._runtime.market_data
        return market.mark_px(coin) if market is not None else None

    def _equity(self) -> float | None:
        """The venue's word for all accounts together; None before the first."""
        known = [account.desk.snapshot().equity_usd for account in self._runtime.accounts]
        said = [equity_usd for equity_usd in known if equity_usd is not None]
        return sum(said) if said else None

    def _position_rows(self) -> list[PositionRow]:
        rows: list[PositionRow] = []
        for account in self._runtime.accounts:
            for position in account.desk.account_positions():
                if position.size == 0:
                    continue
                mark_px = self._prices.of(position.coin)
                nobodys = account.desk.position(None, position.coin).size
                mark = Decimal(repr(mark_px)) if mark_px is not None else None
                rows.append(
                    PositionRow(
                        coin=position.coin,
                        size=float(position.size),
                        entry_px=None if position.entry_px is None else float(position.entry_px),
                        mark_px=mark_px,
                        value_usd=float(position.size * mark) if mark is not None else 0.0,
                        pnl_usd=float(position.unrealized_usd(mark)) if mark is not None else 0.0,
                        unattributed_size=float(nobodys),
                    )
                )
        return sorted(rows, key=lambda row: -abs(row.value_usd))

    def _strategy_row(self, strategy: StrategySnapshot, spending: Spending | None) -> StrategyRow:
        value_usd = sum(
            abs(position.size * (position.entry_px or ZERO)) for position in strategy.positions
        )
        account, actions, traded_usd = spending or Spending(Address(""), 0, ZERO)
        traded_now_usd = strategy.volume_usd
        was_paused = self._paused.get(strategy.strategy_id)
        return StrategyRow(
            strategy=strategy.strategy_id,
            account=account,
            kind=strategy.kind,
            coins=" ".join(position.coin for position in strategy.positions),
            state=(SeatState.PAUSED if was_paused else strategy.state).value,
            reason=was_paused or strategy.reason,
            pnl_usd=float(self._prices.profit_usd(strategy)),
            position_usd=float(value_usd),
            orders=strategy.orders,
            fills=strategy.fills,
            actions=actions,
            traded_usd=float(traded_usd),
            actions_per_1000_usd=(
                float(1_000 * actions / traded_now_usd) if traded_now_usd else None
            ),
            errors=strategy.errors,
            handler_us=strategy.handler_mean_us,
            shown=strategy.shown,
        )

    def _held(self) -> list[HeldPosition]:
        """Every coin that an account or a strategy of it holds, the largest first."""
        rows = [
            self._held_position(account.address, account.desk, position)
            for account in self._runtime.accounts
            for position in account.desk.account_positions()
        ]
        return sorted(
            (row for row in rows if row.holders), key=lambda row: -abs(row.value_usd or 0.0)
        )

    def _held_position(self, account: Address, desk: OrderDesk, whole: Position) -> HeldPosition:
        owners: list[StrategyId | None] = [*desk.snapshot().economy.traded_usd, None]
        parts = [(owner, desk.position(owner, whole.coin).size) for owner in owners]
        px = self._prices.of(whole.coin)
        return HeldPosition(
            account=account,
            coin=whole.coin,
            size=float(whole.size),
            value_usd=None if px is None else float(whole.size) * px,
            holders=[
                Holder(strategy=owner or "", size=float(size)) for owner, size in parts if size
            ],
        )


def _in_state(strategies: tuple[StrategySnapshot, ...], state: SeatState) -> int:
    return sum(1 for strategy in strategies if strategy.state is state)


def _desk_counts(desks: list[DeskSnapshot]) -> dict[str, int]:
    """The counts of all desks together."""
    names = (
        "orders",
        "replaces",
        "cancels",
        "rejects",
        "refused",
        "not_sent",
        "unconfirmed",
        "signed_actions",
        "lost_responses",
    )
    return {name: sum(getattr(desk, name) for desk in desks) for name in names}
