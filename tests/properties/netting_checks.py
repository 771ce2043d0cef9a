"""What must hold of an account after every block, measured against the venue's own books."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from tests.properties.netting_lane import STRATEGIES, Lane
from tests.properties.netting_street import COIN
from tests.properties.netting_world import World

from hive.domain.identifiers import Cloid, StrategyId
from hive.domain.instruments import NOTIONAL_USD_MIN
from hive.domain.market import Side
from hive.domain.order_options import TriggerKind
from hive.domain.orders import Fill, OrderReport
from hive.execution.intake.netting import reducible
from hive.execution.order_types.brackets import is_at_venue
from hive.execution.orders.order_life import OrderLife
from hive.execution.orders.triggered import rivalry
from hive.portfolio.forced_fills import force_behind

ZERO: Final = Decimal(0)
THROWN_OUT: Final = ("reduceOnlyCanceled", "reduceOnlyRejected")

Kind = tuple[StrategyId, Side, TriggerKind | None]
"""Exits of one kind share what is held."""


class Watch:
    """Watches one lane, block by block."""

    def __init__(self, world: World, lane: Lane, *, has_hand: bool) -> None:
        self._world = world
        self._lane = lane
        self._has_hand = has_hand
        self._lives: dict[Cloid, OrderLife] = {}
        self._late: set[Cloid] = set()
        """Exits that were to be cut or cancelled when the block began, or to be held at all."""
        self._held: dict[StrategyId, Decimal] = {}
        self._exits: dict[Cloid, tuple[Kind, Decimal]] = {}
        """Of what kind each was, and how large."""
        self.over_closed = 0

    def before_block(self) -> None:
        """Everything that may leave has left."""
        dispatch = self._lane.parts.books.dispatch
        self._lives = {life.cloid: life for life in dispatch.lives()}
        self._late = {cloid for cloid, life in self._lives.items() if _is_changing(life)}
        self._held = {strategy: self._lane.held(strategy) for strategy in STRATEGIES}
        self._exits = {
            cloid: (_kind(life), life.open_at_most)
            for cloid, life in self._lives.items()
            if life.intent.reduce_only and not life.is_asleep
        }

    def after_block(self) -> None:
        """The venue has spoken, and the desk has heard it."""
        self._check_sizes()
        heard = self._world.heard.get(self._lane.account)
        if heard is not None:
            self._check_over_reducing()
            for report in heard.reports:
                if report.status in THROWN_OUT:
                    self._check_thrown_out(report)
            self._check_over_closed()
            self._count_children(heard.fills)

    def _check_sizes(self) -> None:
        sizes = self._lane.parts.books.positions.sizes(COIN)
        held = sum(sizes.values(), ZERO)
        assert held == self._world.size_of(self._lane), sizes
        assert self._lane.parts.books.positions.account_size(COIN) == held

    def check_money(self) -> None:
        """All that owners have earned and paid is what the venue's account has, to the digit."""
        positions = self._lane.parts.books.positions
        owned = [positions.of(owner, COIN) for owner in positions.owners(COIN)]
        earned = sum((p.realized_usd - p.cost_usd for p in owned), ZERO)
        paid = sum((p.fees_usd - p.funding_usd for p in owned), ZERO)
        assert earned - paid == self._world.earned_usd(self._lane)
        whole = positions.account(COIN)
        assert sum((p.fees_usd for p in owned), ZERO) == whole.fees_usd
        assert sum((p.funding_usd for p in owned), ZERO) == whole.funding_usd
        crossed = self._lane.crosses_inside  # what is volume to two owners, and none to the venue
        assert crossed or sum((p.volume_usd for p in owned), ZERO) == whole.volume_usd

    # --- protection ------------------------------------------------------------------------------

    def _check_over_reducing(self) -> None:
        """No exits of a kind are together larger than what is held, but those being cut."""
        for strategy in STRATEGIES:
            open_by_kind: dict[Kind, Decimal] = {}
            for life in self._lane.parts.books.dispatch.lives(strategy):
                leg = life.current
                if not life.intent.reduce_only or leg is None or life.is_asleep:
                    continue
                if _is_changing(life):
                    continue
                kind = _kind(life)
                there = (leg.size or life.size) - leg.filled
                open_by_kind[kind] = open_by_kind.get(kind, ZERO) + there
            for (_, side, _), size in open_by_kind.items():
                assert size <= reducible(self._lane.held(strategy), side), (strategy, side, size)

    def _count_children(self, fills: list[Fill]) -> None:
        for fill in fills:
            life = None if fill.cloid is None else self._lives.get(fill.cloid)
            options = None if life is None else life.intent.options
            if options is not None and options.parent is not None:
                assert life is not None
                keeper = "venue" if is_at_venue(life) else "desk"
                self._world.counts[f"fills of children of the {keeper}'s"] += 1

    def _check_thrown_out(self, report: OrderReport) -> None:
        """The venue's reduce-only never takes an exit from a strategy that has all it closes."""
        life = None if report.cloid is None else self._lives.get(report.cloid)
        if life is None or self._has_hand or life.cloid not in self._exits:
            return
        side = life.intent.side
        least = min(reducible(held, side) for held in self._held_on_the_way(life.strategy))
        kind, _ = self._exits[life.cloid]
        rivals = sum((size for other, size in self._exits.values() if other == kind), ZERO)
        is_small = report.original_size * report.limit_px < NOTIONAL_USD_MIN
        assert is_small or not least or rivals > least, (report, rivals, least)

    def _held_on_the_way(self, strategy: StrategyId) -> list[Decimal]:
        """What the strategy held at each moment of the block."""
        held = [self._held[strategy]]
        for fill in self._world.heard[self._lane.account].fills:
            life = None if fill.cloid is None else self._lives.get(fill.cloid)
            if life is not None and life.strategy == strategy:
                held.append(held[-1] + fill.signed_size)
        return [*held, self._lane.held(strategy)]

    def _check_over_closed(self) -> None:
        """An exit passes zero only in a race: with another fill of the block, or with its cut."""
        fills = self._world.heard[self._lane.account].fills
        is_forced = any(force_behind(fill) for fill in fills)
        mine: dict[StrategyId, list[Cloid | None]] = {}
        for fill in fills:
            life = None if fill.cloid is None else self._lives.get(fill.cloid)
            if life is not None:
                mine.setdefault(life.strategy, []).append(fill.cloid)
        for strategy, cloids in mine.items():
            before, after = self._held[strategy], self._lane.held(strategy)
            has_turned = before * after < 0
            exits = {c for c in cloids if c is not None and self._lives[c].intent.reduce_only}
            if not has_turned or len(exits) < len(set(cloids)):
                continue  # it stayed on its side, or an order that may open took part
            self.over_closed += 1
            is_race = is_forced or len(set(cloids)) > 1 or exits & self._late
            assert is_race, (strategy, before, after, cloids)


def _kind(life: OrderLife) -> Kind:
    return life.strategy, life.intent.side, rivalry(life)


def _is_changing(life: OrderLife) -> bool:
    """A cut or a cancel of it is on its way, or about to be."""
    under_way = life.cancel_asked, life.cancel_sent, life.replacement, life.wanted
    return any(under_way)
