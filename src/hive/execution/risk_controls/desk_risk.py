"""What a desk does about risk by itself: obeys switches, watches losses.

    switch thrown ──▶ waiting orders ended, resting ones cancelled, positions closed until flat
    every half second ──▶ values what is held ──▶ a loss beyond its limit throws a switch

Nothing runs while no switch is thrown and no limit needs to be watched.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final, Protocol

from hive.domain.errors import CallerError, LimitReached, LinkError, VenueError
from hive.domain.identifiers import DESK, Cloid, StrategyId
from hive.domain.leverage import LeverageEvent
from hive.domain.market import Side
from hive.domain.orders import Fill, OrderEvent, TimeInForce
from hive.domain.switches import Reach, Scope, Strength, Switch
from hive.domain.twaps import TwapEvent
from hive.execution.desk.parts import DeskParts
from hive.execution.desk.ports import DeskPorts
from hive.execution.desk.settings import DeskSettings
from hive.execution.desk.wakeup import Wakeup
from hive.execution.orders.order_life import OrderLife
from hive.execution.ports import DeskListener, TaskHandlePort
from hive.execution.risk_controls.flattening import Flattening, Task
from hive.hyperliquid import codec_requests
from hive.hyperliquid.codec import decode_all_mids
from hive.portfolio.limits import LossLimits
from hive.portfolio.losses import Breach, LossWatch, Owner, profit_usd
from hive.storage.records import LossRecord

LOOK_EVERY_MS: Final = 500
NS_BY_MS: Final = 1_000_000


class Place(Protocol):
    """The desk's own verb."""

    def __call__(
        self,
        strategy: StrategyId,
        coin: str,
        side: Side,
        *,
        size: Decimal,
        limit_px: Decimal,
        tif: TimeInForce,
        reduce_only: bool = False,
    ) -> Cloid: ...


class DeskRisk:
    """One account's switches, losses and what follows from them."""

    def __init__(
        self,
        settings: DeskSettings,
        ports: DeskPorts,
        parts: DeskParts,
        *,
        place: Place,
        may_place: Callable[[StrategyId], bool],
        register: Callable[[StrategyId, DeskListener], None],
        soon: Callable[[], None],
        alarm: Callable[[str], None],
    ) -> None:
        """`register` lets one that is run no more place, too; `soon` has the desk send what may go;
        `alarm` tells people."""
        self._settings = settings
        self._ports = ports
        self._parts = parts
        self._place = place
        self._may_place = may_place
        self._register = register
        self._soon = soon
        self._alarm = alarm
        self._losses = LossWatch()
        self._losses.limit(None, settings.account_losses)
        for owner, tally in parts.recovered.tallies.items():
            self._losses.restore(owner, tally)
        self._prices: dict[str, Decimal] = {}
        """What was asked for, of coins that no stream tells of."""
        self._flattening = Flattening(
            parts.books.positions,
            parts.books.dispatch,
            parts.switches,
            universe=ports.universe,
            price_of=self._price_of,
            slippage_pct=settings.flatten_slippage_pct,
        )
        self._is_bounding_gross = settings.account_limits.bounds_gross
        self._obeyed: list[Switch] = []
        self._wakeup = Wakeup()
        self._price_wanted, self._pause = Wakeup(), Wakeup()
        self._tasks: list[TaskHandlePort] = []

    # --- life -------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to look after what needs it; call when the books are in line with the venue."""
        tasks, name = self._ports.tasks, f"desk {self._settings.account}"
        self._tasks.append(tasks.spawn(f"{name} risk", self._run, restart=True))
        self._tasks.append(tasks.spawn(f"{name} prices", self._run_prices, restart=True))

    def stop(self) -> None:
        """End. Idempotent."""
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()

    def limit(self, strategy: StrategyId, losses: LossLimits, capital_usd: Decimal | None) -> None:
        """Watch a strategy's losses."""
        self._losses.limit(strategy, losses, capital_usd)
        self._is_bounding_gross |= self._parts.risk.limits_of(strategy).bounds_gross

    # --- switches ---------------------------------------------------------------------------------

    def throw(self, switch: Switch) -> bool:
        """Stop what the switch says, now; False if it was stopped already."""
        if not self._parts.switches.throw(switch):
            return False
        self._alarm(f"kill switch: {switch.scope} {switch.strength.word}: {switch.reason}")
        if self._tasks:  # else it is obeyed as the desk starts
            self._obey(switch)
            self._wakeup.ring()
        return True

    def lift(self, scope: Scope) -> bool:
        """Let it trade again; False if nothing was thrown there."""
        lifted = self._parts.switches.lift(scope)
        if lifted:
            for owner in self._owners_in(scope):
                self._losses.forgive(owner)
            self._alarm(f"kill switch: {scope} is lifted")
        return lifted

    def thrown(self) -> list[Switch]:
        """Everything that is stopped."""
        return self._parts.switches.thrown()

    def _obey(self, switch: Switch) -> None:
        """End what has not left, cancel what has. Repeated while the switch is thrown, for orders
        that are found later; a way out that was placed since may rest."""
        taking, now_ms = self._parts.taking, self._now_ms()
        is_first = switch not in self._obeyed
        if is_first:
            self._obeyed.append(switch)
        for life in self._lives_in(switch.scope):
            if switch.strength >= Strength.CANCEL:
                if not (life.cancel_asked or _stays(life, switch, is_first=is_first)):
                    taking.cancel(life.strategy, life.cloid)
            elif not life.intent.reduce_only:
                taking.withhold(life, f"kill_switch: {switch.reason}", now_ms)
        if self._parts.books.twaps:
            self._parts.twaps.obey(switch)
        self._soon()

    def _lives_in(self, scope: Scope) -> list[OrderLife]:
        lives = self._parts.books.dispatch.lives
        match scope.reach:
            case Reach.STRATEGY:
                return list(lives(StrategyId(scope.name)))
            case Reach.COIN:
                found = [life for life in lives() if life.intent.coin == scope.name]
            case _:
                found = list(lives())
        return [life for life in found if life.strategy != DESK]

    def _owners_in(self, scope: Scope) -> list[Owner]:
        match scope.reach:
            case Reach.STRATEGY:
                return [StrategyId(scope.name)]
            case Reach.COIN:
                return []
            case _:
                return [None]

    # --- rounds -----------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            is_busy = self._look()
            if self._flattening.unpriced():
                self._price_wanted.ring()
            await self._wakeup.sleep(LOOK_EVERY_MS if is_busy else None)

    def _look(self) -> bool:
        """One round; whether there is a reason for another by the clock."""
        board = self._parts.switches
        if self._is_bounding_gross:
            self._parts.risk.revalue()
        if self._losses.is_needed:
            self._watch_losses()
        for switch in board.lapsed(self._ports.clock.now_ms()):
            self._alarm(f"kill switch: {switch.scope} has ended with its day")
        thrown = board.thrown()
        self._obeyed = [switch for switch in self._obeyed if switch in thrown]
        for switch in thrown:
            self._obey(switch)
        for task in self._flattening.due(self._now_ms()):
            self._close(task)
        return self._is_bounding_gross or self._losses.is_needed or not board.is_quiet

    def _watch_losses(self) -> None:
        state = self._parts.account_state
        wall_ms = self._ports.clock.now_ms()
        found = self._losses.look(
            wall_ms, self._profit_of, None if state is None else state.equity_usd
        )
        for owner, tally in found.kept:
            record = LossRecord(
                owner, tally.day, tally.began_usd, tally.peak_usd, tally.last_usd, wall_ms
            )
            self._parts.books.keep(record)
        self._parts.risk.barred = dict.fromkeys(
            found.blind, "a price of what is held is not known, so losses cannot be told"
        )
        for breach in found.breaches:
            self._breached(breach, wall_ms)

    def _breached(self, breach: Breach, wall_ms: int) -> None:
        if breach.owner is None:
            scope = Scope(Reach.ACCOUNT, self._settings.account)
        else:
            scope = Scope(Reach.STRATEGY, breach.owner)
        switch = Switch(
            scope=scope,
            strength=breach.strength,
            reason=breach.reason,
            thrown_ms=wall_ms,
            until_ms=breach.until_ms,
        )
        if self.throw(switch) and self._ports.on_switch is not None:
            self._ports.on_switch(switch)

    def _profit_of(self, owner: Owner) -> Decimal | None:
        positions = self._parts.books.positions
        held = positions.whole() if owner is None else positions.of_owner(owner)
        return profit_usd(held, self._parts.marks.px)

    # --- closing ----------------------------------------------------------------------------------

    def _close(self, task: Task) -> None:
        holding, closing = task
        if not self._may_place(holding.owner):
            self._register(holding.owner, self)  # it is run no more, and still holds
        self._parts.risk.is_desks_own = True
        try:
            self._place(
                holding.owner,
                holding.coin,
                closing.side,
                size=closing.size,
                limit_px=closing.limit_px,
                tif=TimeInForce.IOC,
                reduce_only=True,
            )
        except CallerError as error:
            self._alarm(f"{holding.owner} still holds {holding.coin}: {error}")
        finally:
            self._parts.risk.is_desks_own = False

    def _price_of(self, coin: str) -> Decimal | None:
        """For a way out an old price is better than none: the order is bounded by it anyway."""
        fresh = self._parts.marks.px(coin)
        if fresh is not None:
            return fresh
        last = self._ports.marks.mark_px(coin)
        return self._prices.get(coin) if last is None else Decimal(repr(last))

    async def _run_prices(self) -> None:
        """Ask for prices beside the rounds, which an answer may keep waiting for long."""
        while True:
            await self._price_wanted.sleep(None)
            await self._ask_prices()
            await self._pause.sleep(LOOK_EVERY_MS)

    async def _ask_prices(self) -> None:
        """Ask the venue for the prices that no stream tells."""
        try:
            body = await self._ports.info.info(codec_requests.all_mids(), urgent=True)
            mids = decode_all_mids(body, self._ports.clock.monotonic_ns())
        except (LinkError, VenueError, LimitReached):
            return  # the next round asks again
        self._prices = {coin: Decimal(repr(px)) for coin, px in mids.px_by_coin.items()}
        self._wakeup.ring()

    # --- news of the desk's own orders ------------------------------------------------------------

    def on_order(self, event: OrderEvent) -> None:
        """What became of an order that closes: if it is over, look whether more is left."""
        if not event.order.is_live:
            self._wakeup.ring()

    def on_twap(self, event: TwapEvent) -> None:
        """The desk has none of its own."""

    def on_leverage(self, event: LeverageEvent) -> None:
        """The desk wants none."""

    def on_fill(self, fill: Fill) -> None:
        """Fills of the desk's own are told to those who held what they closed."""

    def _now_ms(self) -> int:
        return self._ports.clock.monotonic_ns() // NS_BY_MS


def _stays(life: OrderLife, switch: Switch, *, is_first: bool) -> bool:
    """Whether a switch that cancels leaves it: a stop that protects a position stays for as long as
    the position does, and what reduces may be placed again."""
    if switch.strength >= Strength.FLATTEN:
        return False
    return life.intent.protects or (life.intent.reduce_only and not is_first)
