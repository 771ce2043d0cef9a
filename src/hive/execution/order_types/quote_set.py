"""Quote sets: a strategy says which orders it wants on a side; the desk sends the least for it.

    wanted levels, orders of the side ──▶ `least_moves` ──▶ cancels, and what cannot add: at once
                                                        ╰─▶ what could add: as room allows

A side never has more open than was wanted, whatever is on its way: an order counts with all that it
may still fill until its cancel, or its replace by a smaller one, is confirmed, and what filled
since the call counts too. So what would come on top waits for that (it is the rare case: mostly one
order is moved into another's place). While an order of the side is in doubt nothing is placed there
at all.

Each call is worked off once. What the venue or a limit refuses is told as ever, and is not tried
again before the next call; an order that could not be moved is taken out of the book, for where it
stands it is not wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from hive.domain.errors import IllegalOrder
from hive.domain.identifiers import Cloid, StrategyId
from hive.domain.instruments import ZERO, Instrument, Universe
from hive.domain.market import Side
from hive.domain.orders import OrderEvent, OrderNews, OrderPhase, TimeInForce
from hive.domain.quotes import NO_COST, QuoteCost, QuoteLevel, QuoteTerms
from hive.execution.intake.option_rules import keeps_builder
from hive.execution.order_types.order_verbs import DeskVerbs
from hive.execution.order_types.quote_matching import Moves, Slack, Standing, least_moves
from hive.execution.orders.dispatch import Dispatch
from hive.execution.orders.order_life import OrderLife
from hive.execution.orders.unknowns import SideKey, Unknowns
from hive.execution.queue.economy import COARSE, Coarseness
from hive.execution.settling.answers import CANNOT_REPLACE


class Step(NamedTuple):
    """What is still to be done for a level: move an order there, or (None) place one."""

    level: QuoteLevel
    cloid: Cloid | None


class QuoteSide:
    """One strategy's side of a coin since it was last quoted."""

    __slots__ = ("cap", "members", "moving", "steps", "terms")

    def __init__(self, terms: QuoteTerms) -> None:
        self.terms = terms
        self.cap = ZERO
        """Coins that may be open or filled since the call, in all."""
        self.members: dict[Cloid, tuple[OrderLife, Decimal]] = {}
        """Orders of the side, with what had filled of each when it was quoted."""
        self.moving: dict[Cloid, None] = {}
        """Orders that were to serve another level."""
        self.steps: list[Step] = []

    @property
    def room(self) -> Decimal:
        """Coins that may be added now."""
        room = self.cap
        for life, filled_before in self.members.values():
            room -= life.open_at_most + life.filled - filled_before
        return room

    @property
    def is_settling(self) -> bool:
        """Something under way may make room."""
        return any(
            life.is_live
            and (
                life.cancel_asked
                or life.cancel_sent
                or life.wanted is not None
                or life.replacement is not None
                or life.phase is OrderPhase.UNCONFIRMED
            )
            for life, _ in self.members.values()
        )


class QuoteSets:
    """One account's."""

    def __init__(
        self,
        dispatch: Dispatch,
        verbs: DeskVerbs,
        unknowns: Unknowns,
        universe: Universe,
        coarseness: Coarseness,
    ) -> None:
        """`coarseness`: how far off a quote may be, whatever its strategy says, to save actions."""
        self._dispatch = dispatch
        self._verbs = verbs
        self._unknowns = unknowns
        self._universe = universe
        self.sides: dict[SideKey, QuoteSide] = {}
        self.waiting: dict[SideKey, QuoteSide] = {}
        self._coarseness = coarseness

    # --- what strategies say ----------------------------------------------------------------------

    def quote(
        self,
        strategy: StrategyId,
        coin: str,
        side: Side,
        levels: Sequence[QuoteLevel],
        terms: QuoteTerms,
    ) -> QuoteCost:
        """Have these orders in the book on that side, and none besides; what that comes to.

        All that rests there of the strategy's belongs to the set, whoever placed it, but for orders
        that only reduce, wait for a price, protect an entry, or match at once or not at all.
        """
        key = (strategy, coin, side)
        lives = [life for life in self._dispatch.lives(strategy) if _belongs(life, coin, side)]
        if not lives and not levels:
            self.sides.pop(key, None)
            self.waiting.pop(key, None)
            return NO_COST
        coarse_bps = self._coarseness.min_move_bps(self._verbs.now_ms())
        slack = Slack(max(terms.min_move_bps, coarse_bps), terms.min_resize_pct)
        standing = [_standing(life, terms.tif) for life in lives if not _is_leaving(life)]
        moves = least_moves(levels, standing, slack)
        if coarse_bps > terms.min_move_bps:
            self._coarseness.held_back += _not_worth_it(moves, terms)
        self.sides[key] = self._begun(levels, lives, moves, terms)
        for order in moves.surplus:
            self._verbs.cancel(strategy, order.cloid)
        self._advance(key)
        return QuoteCost(len(moves.placed), len(moves.moved), len(moves.surplus))

    def forget(self, strategy: StrategyId | None, coin: str | None = None) -> None:
        """Add nothing more for what was said so far, of a strategy or all, on a coin or all."""
        for key in list(self.sides):
            if strategy in (None, key[0]) and coin in (None, key[1]):
                del self.sides[key]
                self.waiting.pop(key, None)

    def _begun(
        self,
        levels: Sequence[QuoteLevel],
        lives: Sequence[OrderLife],
        moves: Moves,
        terms: QuoteTerms,
    ) -> QuoteSide:
        side = QuoteSide(terms)
        excess = sum((max(ZERO, order.size - level.size) for order, level in moves.kept), ZERO)
        side.cap = sum((level.size for level in levels), excess)
        side.members = {life.cloid: (life, life.filled) for life in lives}
        shrinking_first = sorted(moves.moved, key=lambda pair: pair[1].size - pair[0].size)
        side.steps = [Step(level, order.cloid) for order, level in shrinking_first]
        side.steps += [Step(level, None) for level in moves.placed]
        return side

    # --- what happens to them ---------------------------------------------------------------------

    def heard(self, event: OrderEvent) -> None:
        """Take an order out that could not be moved to where it is wanted; before it is told."""
        order = event.order
        side = self.sides.get((order.strategy, order.coin, order.side))
        if side is None or order.cloid not in side.moving:
            return
        if event.news is OrderNews.REPLACED:
            del side.moving[order.cloid]
        elif event.reason.startswith(COARSE):
            del side.moving[order.cloid]  # where it stands is near enough
        elif event.news is OrderNews.REPLACE_REJECTED:
            life = self._dispatch.live(order.cloid)
            is_over = life is None or event.reason.startswith(CANNOT_REPLACE)
            if not is_over and not order.replace_pending:
                self._verbs.cancel(order.strategy, order.cloid)

    def advance(self) -> None:
        """Do what can be done by now of what had to wait."""
        for key in list(self.waiting):
            self._advance(key)

    def _advance(self, key: SideKey) -> None:
        side = self.sides[key]
        instrument = self._universe.of_coin(key[1])
        side.steps = [step for step in side.steps if not self._is_done(step, key, side, instrument)]
        if side.steps:
            self.waiting[key] = side
        else:
            self.waiting.pop(key, None)

    def _is_done(self, step: Step, key: SideKey, side: QuoteSide, instrument: Instrument) -> bool:
        """Do it if it may be done now; False if it has to wait."""
        level, cloid = step
        life = None if cloid is None else self._dispatch.live(cloid)
        if cloid is not None and (life is None or life.cancel_asked):
            return True  # it traded, or went, where it stood
        if life is None and key in self._unknowns.frozen:
            return False
        open_size = ZERO if life is None else life.open_at_most
        growth = level.size - open_size
        if growth > ZERO and growth > (room := side.room):
            if side.is_settling:
                return False
            level = level._replace(size=open_size + max(ZERO, room))
            if not _is_legal(level, instrument):
                return True  # what filled meanwhile is about all that was wanted
        if life is None:
            self._place(key, side, level)
        else:
            self._move(life, side, level)
        return True

    def _place(self, key: SideKey, side: QuoteSide, level: QuoteLevel) -> None:
        strategy, coin, which = key
        cloid = self._verbs.place(
            strategy, coin, which, size=level.size, limit_px=level.px, tif=side.terms.tif
        )
        life = self._dispatch.live(cloid)
        if life is not None:
            side.members[cloid] = (life, ZERO)

    def _move(self, life: OrderLife, side: QuoteSide, level: QuoteLevel) -> None:
        side.moving[life.cloid] = None
        total = life.filled + level.size
        self._verbs.replace(life.strategy, life.cloid, size=total, limit_px=level.px)


def _is_legal(level: QuoteLevel, instrument: Instrument) -> bool:
    try:
        instrument.check_order(level.px, level.size, reduce_only=False)
    except IllegalOrder:
        return False
    return True


def _not_worth_it(moves: Moves, terms: QuoteTerms) -> int:
    """How many orders stay that their strategy would have moved."""
    own = Slack(terms.min_move_bps, terms.min_resize_pct)
    return sum(not own.covers(order, level) for order, level in moves.kept)


def _belongs(life: OrderLife, coin: str, side: Side) -> bool:
    intent = life.intent
    if intent.coin != coin or intent.side is not side or intent.reduce_only:
        return False
    options = intent.options
    is_plain = options is None or (options.trigger is None and options.parent is None)
    return is_plain and intent.tif is not TimeInForce.IOC


def _is_leaving(life: OrderLife) -> bool:
    return life.cancel_asked or life.cancel_sent


def _standing(life: OrderLife, tif: TimeInForce) -> Standing:
    """The order as the latest wish for it will leave it."""
    size, px = life.size, life.limit_px
    if life.wanted is not None:
        size, px, _ = life.wanted
    elif life.replacement is not None:
        size, px = life.replacement.size, life.replacement.limit_px
    return Standing(
        life.cloid,
        px,
        max(ZERO, size - life.filled),
        is_movable=life.intent.tif is tif and keeps_builder(life),
        is_sent=life.is_sent,
    )
