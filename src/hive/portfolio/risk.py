"""What a strategy and an account may do: an order passes, or is Refused with the limit's name.

A limit on a position counts what open orders could still add to it: an order that is on its way, or
of which nobody knows whether it arrived, is taken to be filled. Positions are valued at the mark,
or at the order's price where that is higher; without a fresh mark, orders that such a limit would
have to judge are refused. Orders that only reduce are let through all limits but the price band:
they are the way out.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final, final

import msgspec

from hive.domain.identifiers import StrategyId
from hive.domain.instruments import ZERO
from hive.domain.market import BUY
from hive.domain.orders import OrderIntent
from hive.domain.switches import Strength
from hive.portfolio.exposure import NOTHING_OPEN, Exposure
from hive.portfolio.gross import Gross
from hive.portfolio.limits import NO_LIMITS, RiskLimits
from hive.portfolio.order_pace import OrderPace
from hive.portfolio.positions import Positions
from hive.portfolio.switchboard import Switchboard

__all__ = ["NO_LIMITS", "Capital", "Refused", "RiskGate", "RiskLimits"]

HUNDRED: Final = Decimal(100)
KEY_BY_LIMIT: Final = {
    "gross_notional_usd_max": "risk.max_gross_notional_usd",
    "gross_leverage_max": "risk.max_gross_leverage",
    "capital_usd": "risk.capital_usd",
}
"""What a person writes in a configuration."""
ONE: Final = Decimal(1)


@final
class Refused(msgspec.Struct, frozen=True):
    """An intent that a limit stopped; `limit` is its name."""

    limit: str
    explanation: str

    @property
    def reason(self) -> str:
        return f"{self.limit}: {self.explanation}"


Capital = Callable[[StrategyId | None], Decimal | None]
"""What a strategy has earned since it began, or (for None) the account's equity; None if unknown.
In USD."""


def _unknown(_: object) -> None:
    """No price, no equity."""


class RiskGate:
    """Judges orders against the limits of their strategy and of the account."""

    def __init__(
        self,
        positions: Positions,
        exposure: Exposure,
        *,
        account: RiskLimits = NO_LIMITS,
        strategy: RiskLimits = NO_LIMITS,
        switches: Switchboard | None = None,
        mark_px: Callable[[str], Decimal | None] = _unknown,
        capital: Capital = _unknown,
    ) -> None:
        """`strategy` bounds every strategy that gets no limits of its own."""
        self._positions = positions
        self._exposure = exposure
        self._account = _plain(account)
        self._strategy = _plain(strategy)
        self._mark_px = mark_px
        self._capital = capital
        self._own: dict[StrategyId, RiskLimits] = {}
        self._gross: dict[StrategyId | None, Gross] = {}
        self.switches = switches or Switchboard()
        self.pace = OrderPace(account)
        self.barred: dict[StrategyId | None, str] = {}
        """Who may add nothing for now, and why; None is the whole account."""
        self.is_desks_own = False
        """While True, orders are judged by which the desk obeys a switch: nothing stops those."""

    def limit(self, strategy: StrategyId, limits: RiskLimits) -> None:
        """Give a strategy limits of its own."""
        self._own[strategy] = _plain(limits)
        self._gross.pop(strategy, None)
        self.pace.limit(strategy, limits)

    def limits_of(self, strategy: StrategyId) -> RiskLimits:
        """A strategy's limits, beside the account's."""
        return self._own.get(strategy, self._strategy)

    def revalue(self) -> None:
        """Prices have moved: count everything again before the next judgement that adds it up."""
        self._gross.clear()

    def check(
        self, intent: OrderIntent, mark_px: Decimal | None, counted: Decimal | None = None
    ) -> Refused | None:
        """What stops an order, asked before it is taken up; None if nothing does.

        Asked of an order as it would be after a replace, `counted` is what of it is open already.
        """
        if self.is_desks_own:
            return None
        strategy = intent.strategy
        refused = None if self.switches.is_quiet else self._switched_off(intent)
        if refused is None and self.barred and not intent.reduce_only:
            refused = self._barred(strategy)
        if refused is not None:
            return refused
        own = self._own.get(strategy, self._strategy)
        if own is not NO_LIMITS:
            refused = self._limited(intent, own, mark_px, counted, strategy)
            if refused is not None:
                return Refused(f"strategy {refused.limit}", refused.explanation)
        if self._account is not NO_LIMITS:
            refused = self._limited(intent, self._account, mark_px, counted, None)
            if refused is not None:
                return Refused(f"account {refused.limit}", refused.explanation)
        return None

    def _limited(
        self,
        intent: OrderIntent,
        limits: RiskLimits,
        mark_px: Decimal | None,
        counted: Decimal | None,
        owner: StrategyId | None,
    ) -> Refused | None:
        px, size = intent.limit_px, intent.size
        if limits.price_band_pct is not None:
            # no worse than the mark at all: the usual case, and the quick one
            is_buy = intent.side is BUY
            is_fine = mark_px is not None and (px <= mark_px if is_buy else px >= mark_px)
            if not is_fine:
                refused = _price_refused(intent, limits.price_band_pct, mark_px)
                if refused is not None:
                    return refused
        if intent.reduce_only:
            return None
        notional_max = limits.order_notional_usd_max
        if limits.order_notional_usd_max_by_coin:
            notional_max = limits.order_cap(intent.coin)
        if notional_max is not None and size * px > notional_max:
            return Refused(
                "order_notional_usd_max",
                f"{size * px:.2f} USD, {notional_max} allowed (risk.max_order_notional_usd)",
            )
        orders_max = limits.orders_open_max
        if orders_max is not None:
            exposure = self._exposure
            orders = exposure.account_orders_open if owner is None else exposure.orders_open(owner)
            if orders >= orders_max and (counted is None or orders > orders_max):
                return Refused(
                    "orders_open_max",
                    f"{orders_max} are open or on their way (risk.max_open_orders)",
                )
        if counted is not None:
            size -= counted
            if size <= 0:
                return None
        return self._position_refused(intent, limits, mark_px, size, owner)

    def _switched_off(self, intent: OrderIntent) -> Refused | None:
        switch = self.switches.of_order(intent.strategy, intent.coin)
        if switch is None:
            return None
        if intent.reduce_only and switch.strength < Strength.FLATTEN:
            return None
        return Refused(
            "kill_switch",
            f"{switch.scope}: {switch.strength.word} ({switch.reason}); `hive resume` lifts it",
        )

    def _barred(self, strategy: StrategyId) -> Refused | None:
        reason = self.barred.get(strategy) or self.barred.get(None)
        return None if reason is None else Refused("loss_unknown", reason)

    # --- positions --------------------------------------------------------------------------------

    def _position_refused(
        self,
        intent: OrderIntent,
        limits: RiskLimits,
        mark_px: Decimal | None,
        added: Decimal,
        owner: StrategyId | None,
    ) -> Refused | None:
        """Whether the position of the coin, or all together, could become too large."""
        coin, known = intent.coin, self._gross.get(owner)
        cap = limits.position_notional_usd_max
        if limits.position_notional_usd_max_by_coin:
            cap = limits.position_cap(coin)
        bounds_gross = known is not None or limits.bounds_gross
        if cap is None and not bounds_gross:
            return None
        if mark_px is None:
            name = "position_notional_usd_max" if cap is not None else "gross_notional_usd_max"
            return Refused(name, f"no fresh price of {coin} is known, so nothing may be added")
        px = intent.limit_px
        if mark_px > px:
            px = mark_px
        longest, shortest = self._reach(owner, coin)
        if intent.side is BUY:
            reached, other = longest + added, shortest
        else:
            reached, other = shortest + added, longest
        notional = reached * px
        if cap is not None and notional > cap:
            return Refused(
                "position_notional_usd_max",
                f"{coin} could reach {notional:.2f} USD, {cap} allowed"
                " (risk.max_position_notional_usd)",
            )
        if not bounds_gross:
            return None
        largest = notional if reached >= other else other * px
        if known is not None and known.takes(coin, largest):
            return None
        return self._gross_refused(coin, largest, limits, owner)

    def _reach(self, owner: StrategyId | None, coin: str) -> tuple[Decimal, Decimal]:
        """How long and how short the coin could become by what is held and open, in coins."""
        if owner is None:
            held = self._positions.account_size(coin)
            open_now = self._exposure.of_account.get(coin, NOTHING_OPEN)
        else:
            held = self._positions.size_of(owner, coin)
            open_now = self._exposure.open_sizes(owner, coin)
        return held + open_now.buy, open_now.sell - held

    def _gross_refused(
        self, coin: str, usd: Decimal, limits: RiskLimits, owner: StrategyId | None
    ) -> Refused | None:
        gross = self._counted(limits, owner)  # before a no, exactly
        if isinstance(gross, Refused):
            return gross
        if not gross.takes(coin, usd):
            total = gross.with_coin(coin, usd)
            reached = f"all together could reach {total:.2f} USD, {gross.cap_usd:.2f} allowed"
            return Refused(gross.cap_name, f"{reached} ({KEY_BY_LIMIT[gross.cap_name]})")
        return None

    def _counted(self, limits: RiskLimits, owner: StrategyId | None) -> Gross | Refused:
        """Everything of an owner added up, at marks; why not, if it cannot be told."""
        cap = self._gross_cap(limits, owner)
        if isinstance(cap, Refused):
            return cap
        gross = Gross(*cap)
        positions = self._positions
        held = positions.whole() if owner is None else positions.of_owner(owner)
        coins = dict.fromkeys([position.coin for position in held])
        coins.update(dict.fromkeys(self._exposure.coins_of(owner)))
        for coin in coins:
            could_be = max(self._reach(owner, coin))
            if not could_be:
                continue
            mark_px = self._mark_px(coin)
            if mark_px is None:
                return Refused(gross.cap_name, f"no fresh price of {coin} is known, which is held")
            gross.put(coin, could_be * mark_px)
        self._gross[owner] = gross
        return gross

    def _gross_cap(
        self, limits: RiskLimits, owner: StrategyId | None
    ) -> tuple[Decimal, str] | Refused:
        """The tightest cap on all coins together, and its name; why not, if it cannot be told."""
        caps: list[tuple[Decimal, str]] = []
        leverage = limits.gross_leverage_max
        if limits.gross_notional_usd_max is not None:
            caps.append((limits.gross_notional_usd_max, "gross_notional_usd_max"))
        if limits.capital_usd is not None:
            earned = self._capital(owner)
            if earned is None:
                return Refused("capital_usd", "what was earned cannot be told: a price is missing")
            capital = max(ZERO, limits.capital_usd + earned)
            caps.append((capital * (leverage or ONE), "capital_usd"))
        elif leverage is not None:
            equity = self._capital(None)
            if equity is None:
                return Refused("gross_leverage_max", "the account's equity is not known yet")
            caps.append((max(ZERO, equity) * leverage, "gross_leverage_max"))
        return min(caps)


def _plain(limits: RiskLimits) -> RiskLimits:
    """The one value that stands for no limits at all, if these are none: it is told by identity."""
    return NO_LIMITS if limits == NO_LIMITS else limits


def _price_refused(intent: OrderIntent, band: Decimal, mark_px: Decimal | None) -> Refused | None:
    if mark_px is None:
        if intent.reduce_only:
            return None  # a way out is not closed because prices are late
        return Refused("price_band_pct", f"no fresh price of {intent.coin} is known")
    is_buy, px = intent.side is BUY, intent.limit_px
    worst_px = mark_px * (HUNDRED + band if is_buy else HUNDRED - band) / HUNDRED
    if px > worst_px if is_buy else px < worst_px:
        return Refused(
            "price_band_pct",
            f"{intent.limit_px} is more than {band} % worse than the mark price {mark_px}"
            " (risk.price_band_pct)",
        )
    return None
