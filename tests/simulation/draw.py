"""Everything about a world that a seed decides, drawn before it begins.

Each kind of trouble is on in some seeds and off in others, for a fault that is always there hides
what happens without it, and one parameter that never moves hides whole bugs (faults.md 2).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal, TypeVar

import msgspec

from hive.hyperliquid.limits import VenueLimits
from hive.localvenue.config import Cadence, PageSizes
from hive.localvenue.market_data.candles import HistoryShape
from hive.runtime.rng import SeededRng
from hive.simulation.disk import Death
from hive.simulation.network import Weather

T = TypeVar("T")

THIN_COINS: Final = ("ENA", "WLD", "TAO", "ARB", "CRV", "ONDO", "kPEPE", "NEAR", "SUI", "XMR")
"""Where an order of a few thousand dollars walks through several levels."""
HOUR_MS: Final = 3_600_000
FIRST_MS: Final = 1_767_225_600_000
CHANNELS: Final = ("orderUpdates", "userFills", "user", "clearinghouseState", "bbo", "trades")
PRIVATE_CHANNELS: Final = CHANNELS[:3]


class Trouble(msgspec.Struct, frozen=True):
    """Something the world does at a moment of its chaos, `at_ms` after its beginning."""

    at_ms: int
    kind: Literal["death", "wall step", "cut", "venue fault"]
    death: Death = "kill"
    down_ms: int = 0
    step_ms: int = 0
    fault: dict[str, Any] = {}


RICH_SHARE: Final = 0.4
"""Of all worlds, in how many strategies do more than place, replace and cancel."""
DEEDS: Final = ("trigger", "protect", "bracket", "unit", "quote")
TWAP_SHARE: Final = 0.4
"""Of those, in how many some also have the venue slice."""


class StrategyShape(msgspec.Struct, frozen=True):
    """One restless strategy."""

    coin: str
    pause_ms: int
    orders_max: int
    size_usd: float
    deeds: tuple[str, ...] = ()
    """What it does besides: of `DEEDS`, and "twap"."""


class WorldShape(msgspec.Struct, frozen=True, kw_only=True):
    """A world before it begins."""

    seed: int
    start_ms: int
    chaos_ms: int
    durability: Literal["kill", "power"]
    coins: tuple[str, ...]
    strategies: tuple[tuple[StrategyShape, ...], ...]
    """Of each account."""
    outsider_pause_ms: int
    weather: Weather
    troubles: tuple[Trouble, ...]
    # the venue
    block_ms: int
    tid_bits: int
    limits: VenueLimits
    cadence: Cadence
    pages: PageSizes
    history: HistoryShape
    is_open_told_first: bool
    is_reply_first: bool
    is_order_told_first: bool
    read_lag_ms: int
    lag_ms_by_channel: dict[str, int]
    is_rich: bool = False
    cross_inside: bool = False

    @property
    def may_lose_records(self) -> bool:
        """Whether a power cut can take records of what has left already."""
        return self.durability == "kill" and any(each.death == "power" for each in self.troubles)


def draw_world(seed: int) -> WorldShape:
    """The world of a seed."""
    rng = SeededRng(seed)
    shape = _Draw(rng.fork("shape")).world(seed)
    enriched = _Draw(rng.fork("riches")).enriched(shape)
    return _Draw(rng.fork("twaps")).with_twaps(enriched)


def without_twaps(world: WorldShape) -> WorldShape:
    """The venue knows no name of theirs: whose one is, nobody can say when its record is lost."""
    strategies = tuple(
        tuple(
            msgspec.structs.replace(each, deeds=tuple(d for d in each.deeds if d != "twap"))
            for each in account
        )
        for account in world.strategies
    )
    return msgspec.structs.replace(world, strategies=strategies)


class _Draw:
    def __init__(self, rng: SeededRng) -> None:
        self._rng = rng

    def world(self, seed: int) -> WorldShape:
        chaos_ms = self._whole(32_000, 52_000)
        coins = self._some(THIN_COINS, self._whole(3, 4))
        # Some worlds live through a funding hour.
        start_ms = FIRST_MS + self._whole(0, 500) * HOUR_MS
        start_ms += HOUR_MS - chaos_ms // 2 if self._happens(0.3) else self._whole(0, HOUR_MS // 2)
        return WorldShape(
            seed=seed,
            start_ms=start_ms,
            chaos_ms=chaos_ms,
            durability="power" if self._happens(0.3) else "kill",
            coins=coins,
            strategies=tuple(self._account(coins) for _ in range(2)),
            outsider_pause_ms=self._whole(800, 4_000),
            weather=self._weather(),
            troubles=self._troubles(chaos_ms),
            block_ms=self._one_of((20, 70, 70, 100, 250)),
            tid_bits=self._one_of((4, 8, 12, 50)),
            limits=self._limits(),
            cadence=self._cadence(),
            pages=self._pages(),
            history=HistoryShape(minutes=5, hours=2),
            is_open_told_first=self._happens(0.5),
            is_reply_first=self._happens(0.5),
            is_order_told_first=self._happens(0.5),
            read_lag_ms=self._whole(1, 1_500) if self._happens(0.5) else 0,
            lag_ms_by_channel={
                channel: self._whole(1, 800) for channel in CHANNELS if self._happens(0.25)
            },
        )

    def enriched(self, world: WorldShape) -> WorldShape:
        """The world as it is, or with orders of every kind; drawn apart, so that the rest stays."""
        if not self._happens(RICH_SHARE):
            return world
        strategies = tuple(
            tuple(msgspec.structs.replace(each, deeds=self._deeds()) for each in account)
            for account in world.strategies
        )
        troubles = world.troubles
        if world.durability == "kill":
            # What only the desk knows of (children it keeps, quotes) does not outlive a power cut.
            troubles = tuple(msgspec.structs.replace(each, death="kill") for each in troubles)
        return msgspec.structs.replace(
            world,
            is_rich=True,
            cross_inside=self._happens(0.5),
            strategies=strategies,
            troubles=troubles,
        )

    def with_twaps(self, world: WorldShape) -> WorldShape:
        """As `enriched`, of TWAPs: those that a strategy began, it can lose as it can orders."""
        if not (world.is_rich and self._happens(TWAP_SHARE)):
            return world
        strategies = tuple(
            tuple(
                msgspec.structs.replace(each, deeds=(*each.deeds, "twap"))
                if self._happens(0.5)
                else each
                for each in account
            )
            for account in world.strategies
        )
        return msgspec.structs.replace(world, strategies=strategies)

    def _deeds(self) -> tuple[str, ...]:
        return tuple(deed for deed in DEEDS if self._happens(0.5))

    def _account(self, coins: tuple[str, ...]) -> tuple[StrategyShape, ...]:
        """Four or five strategies; the first two always share a coin.

        Now and then they are slow, so that nothing is found out only because something happens.
        """
        slowness = 15 if self._happens(0.15) else 1
        shapes: list[StrategyShape] = []
        for number in range(self._whole(4, 5)):
            coin = coins[0] if number < 2 else self._one_of(coins)
            shapes.append(
                StrategyShape(
                    coin=coin,
                    pause_ms=slowness * self._whole(500, 1_500),
                    orders_max=self._whole(2, 6),
                    size_usd=self._one_of((30.0, 300.0, 3_000.0, 12_000.0)),
                )
            )
        return tuple(shapes)

    def _weather(self) -> Weather:
        return Weather(
            latency_ms_min=0.2 + 5 * self._rng.uniform(),
            latency_ms_max=6 + self._one_of((5, 30, 150)) * self._rng.uniform(),
            spike_chance=self._maybe(0.03),
            spike_ms_max=self._one_of((300.0, 2_000.0, 8_000.0)),
            cut_chance=self._maybe(0.02),
            half_open_chance=self._maybe(0.008),
            refuse_chance=self._maybe(0.3),
            request_lost_chance=self._maybe(0.15),
            answer_lost_chance=self._maybe(0.15),
        )

    # --- the venue ---

    def _limits(self) -> VenueLimits:
        return VenueLimits(
            connections_max=self._one_of((10, 100)),
            users_max=self._one_of((10, 15)),
            # Of the twenty that some say, a message that is seconds late would rightly be refused.
            nonces_kept=self._one_of((60, 100)),
            posts_in_flight_max=self._one_of((20, 100)),
            batch_len_max=self._one_of((2, 10, 100)),
        )

    def _cadence(self) -> Cadence:
        return Cadence(
            l2_book_fast_ms=self._one_of((540, 1_000)),
            context_ms=self._one_of((500, 1_000, 3_000)),
            account_ms=self._one_of((500, 1_000, 5_000)),
        )

    def _pages(self) -> PageSizes:
        return PageSizes(
            fills=self._one_of((30, 40, 100, 2_000)),
            fills_first_frame=self._one_of((1, 3, 10, 100)),
            open_orders_pushed=self._one_of((10, 100)),
        )

    # --- troubles ---

    def _troubles(self, chaos_ms: int) -> tuple[Trouble, ...]:
        troubles = [self._death(chaos_ms) for _ in range(self._whole(1, 3))]
        if self._happens(0.5):
            troubles += [self._wall_step(chaos_ms) for _ in range(self._whole(1, 3))]
        if self._happens(0.5):
            troubles += [
                Trouble(self._whole(500, chaos_ms), "cut") for _ in range(self._whole(1, 8))
            ]
        troubles += self._venue_faults(chaos_ms)
        return tuple(sorted(troubles, key=lambda trouble: trouble.at_ms))

    def _death(self, chaos_ms: int) -> Trouble:
        return Trouble(
            self._whole(300, chaos_ms),
            "death",
            death="power" if self._happens(0.5) else "kill",
            down_ms=self._whole(50, self._one_of((200, 2_000, 10_000))),
        )

    def _wall_step(self, chaos_ms: int) -> Trouble:
        reach_ms = self._one_of((50, 3_000, 3_000, 300_000))
        return Trouble(
            self._whole(0, chaos_ms), "wall step", step_ms=self._whole(-reach_ms, reach_ms)
        )

    def _venue_faults(self, chaos_ms: int) -> list[Trouble]:
        faults: list[dict[str, Any]] = []
        if self._happens(0.6):
            faults += [self._response_fault() for _ in range(self._whole(1, 15))]
        if self._happens(0.6):
            faults += [self._push_fault() for _ in range(self._whole(1, 20))]
        if self._happens(0.3):
            faults += [self._silence() for _ in range(self._whole(1, 4))]
        if self._happens(0.3):
            faults.append({"type": "staleReads", "lagMs": self._whole(500, 2_500), "forMs": 5_000})
        return [Trouble(self._whole(0, chaos_ms), "venue fault", fault=each) for each in faults]

    def _response_fault(self) -> dict[str, Any]:
        kind = self._one_of(("dropResponse", "dropResponse", "dropRequest", "failResponse"))
        path = self._one_of(("exchange", "exchange", "info"))
        fault: dict[str, Any] = {"type": kind, "path": path, "count": self._whole(1, 3)}
        if kind == "failResponse":
            fault["status"] = self._one_of((500, 502, 200))
        return fault

    def _push_fault(self) -> dict[str, Any]:
        channel = self._one_of((*PRIVATE_CHANNELS, *CHANNELS))
        kind = self._one_of(("dropPush", "duplicatePush", "delayChannel"))
        fault: dict[str, Any] = {"type": kind, "channel": channel}
        if kind == "delayChannel":
            return fault | {"ms": self._whole(1, 4_000), "forMs": self._whole(100, 8_000)}
        return fault | {"count": self._whole(1, 5)}

    def _silence(self) -> dict[str, Any]:
        channel = self._one_of((*PRIVATE_CHANNELS, *CHANNELS))
        return {"type": "silenceChannel", "channel": channel, "forMs": self._whole(1_000, 30_000)}

    # --- chance ---

    def _whole(self, low: int, high: int) -> int:
        """From `low` to `high`, both included."""
        return low + int(self._rng.uniform() * (high - low + 1))

    def _happens(self, chance: float) -> bool:
        return self._rng.uniform() < chance

    def _maybe(self, chance_max: float) -> float:
        """A chance; none at all in half of the worlds."""
        return chance_max * self._rng.uniform() if self._happens(0.5) else 0.0

    def _one_of(self, choices: Sequence[T]) -> T:
        return choices[int(self._rng.uniform() * len(choices))]

    def _some(self, choices: Sequence[T], count: int) -> tuple[T, ...]:
        left = list(choices)
        return tuple(left.pop(int(self._rng.uniform() * len(left))) for _ in range(count))
