"""One leverage and one margin mode per coin, for all strategies of an account: whose holds.

The lowest leverage that a strategy wants holds for all. Of margin modes there is no lower one, so
two that differ are a conflict: at the start a fault of the configuration, later a refusal of who
comes second. A strategy that wants no mode takes the one that is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hive.domain.errors import ConfigRefused, UnknownCoin
from hive.domain.identifiers import StrategyId
from hive.domain.instruments import Instrument, InstrumentKind, Universe
from hive.domain.leverage import LeverageSetting, LeverageWish, MarginMode

Wishes = Mapping[StrategyId, Mapping[str, LeverageWish]]


class LeverageRule:
    """Who of one account's strategies wants what, by coin."""

    def __init__(self, wishes: Wishes) -> None:
        """Take up what the configuration says.

        Raises:
            ConfigRefused: two strategies want different margin modes of a coin.
        """
        self._wishes: dict[str, dict[StrategyId, LeverageWish]] = {}
        for strategy, by_coin in wishes.items():
            for coin, wish in by_coin.items():
                self.want(strategy, coin, wish)
        faults = [_conflict(coin, wanted) for coin, wanted in self._wishes.items()]
        found = [fault for fault in faults if fault]
        if found:
            raise ConfigRefused("; ".join(found))

    @property
    def coins(self) -> list[str]:
        """Those of which somebody wants something."""
        return list(self._wishes)

    def check(self, universe: Universe) -> None:
        """See whether the venue can have it so.

        Raises:
            ConfigRefused: a coin is not listed, has no leverage, or less than is wanted.
        """
        faults: list[str] = []
        for coin, wanted in self._wishes.items():
            try:
                instrument = universe.of_coin(coin)
            except UnknownCoin as error:
                faults.append(f"leverage of {', '.join(wanted)}: {error}")
                continue
            for strategy, wish in wanted.items():
                fault = fault_of(wish, instrument)
                if fault is not None:
                    faults.append(f"leverage of {strategy}: {fault}")
        if faults:
            raise ConfigRefused("; ".join(faults))

    def want(self, strategy: StrategyId, coin: str, wish: LeverageWish | None) -> None:
        """From now on it wants this; None: nothing."""
        wanted = self._wishes.setdefault(coin, {})
        if wish is not None:
            wanted[strategy] = wish
            return
        wanted.pop(strategy, None)
        if not wanted:
            del self._wishes[coin]

    def wish(self, strategy: StrategyId, coin: str) -> LeverageWish | None:
        """What it wants."""
        return self._wishes.get(coin, {}).get(strategy)

    def wanting(self, coin: str) -> list[StrategyId]:
        """Who wants something of the coin."""
        return list(self._wishes.get(coin, ()))

    def held(self, instrument: Instrument, now: LeverageSetting | None) -> LeverageSetting | None:
        """What is to hold for all, `now` being what does; None if nobody wants anything."""
        wanted = self._wishes.get(instrument.coin)
        if not wanted:
            return None
        modes = [wish.mode for wish in wanted.values() if wish.mode is not None]
        usual = MarginMode.CROSS if now is None else now.mode
        mode = modes[0] if modes else usual
        if instrument.is_isolated_only:
            mode = MarginMode.ISOLATED
        return LeverageSetting(min(wish.leverage for wish in wanted.values()), mode)

    def conflict(self, strategy: StrategyId, coin: str, wish: LeverageWish) -> str | None:
        """What of other strategies' is against it, beginning with the rule's name."""
        for other, theirs in self._others(strategy, coin):
            if wish.mode is not None and theirs.mode not in (None, wish.mode):
                return (
                    f"margin_mode_shared: {other} has {coin} {theirs.mode}, and one holds for all"
                )
        for other, theirs in self._others(strategy, coin):
            if theirs.leverage < wish.leverage:
                lowest = f"{other} has {coin} at {theirs.leverage}x"
                return f"leverage_shared: {lowest}, and the lowest holds for all"
        return None

    def overruled(self, instrument: Instrument) -> list[str]:
        """Whose leverage does not hold because another's is lower, and whose does, in words."""
        coin = instrument.coin
        wanted = self._wishes.get(coin, {})
        lowest = min(wanted, key=lambda strategy: wanted[strategy].leverage, default=None)
        if lowest is None:
            return []
        holds = f"{lowest}'s {wanted[lowest].leverage}x holds for {coin}, the lowest for all"
        return [
            f"leverage_shared: {holds}; {strategy} wanted {wish.leverage}x"
            for strategy, wish in wanted.items()
            if wish.leverage > wanted[lowest].leverage
        ]

    def _others(self, strategy: StrategyId, coin: str) -> Iterator[tuple[StrategyId, LeverageWish]]:
        for other, wish in self._wishes.get(coin, {}).items():
            if other != strategy:
                yield other, wish


def fault_of(wish: LeverageWish, instrument: Instrument) -> str | None:
    """Why the venue cannot have it so, beginning with the rule's name; None if it can."""
    coin, most = instrument.coin, instrument.leverage_max
    if instrument.kind is InstrumentKind.SPOT:
        return f"leverage: {coin} is no perpetual and has none"
    if not 1 <= wish.leverage <= most:
        return f"leverage: {coin} takes 1 to {most}, not {wish.leverage}"
    if wish.mode is MarginMode.CROSS and instrument.is_isolated_only:
        return f"margin_mode: {coin} is isolated only"
    return None


def _conflict(coin: str, wanted: Mapping[StrategyId, LeverageWish]) -> str | None:
    by_mode: dict[MarginMode, StrategyId] = {}
    for strategy, wish in wanted.items():
        if wish.mode is not None:
            by_mode.setdefault(wish.mode, strategy)
    if len(by_mode) < 2:
        return None
    modes = " and ".join([f"{strategy} {mode.value}" for mode, strategy in by_mode.items()])
    return f"margin_mode_shared: {coin} is wanted {modes}, and an account has one mode per coin"
