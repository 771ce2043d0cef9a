"""Entries with a stop and a take-profit: what becomes of the children when something happens.

Where its strategy has the coin to itself, the venue keeps the family (`normalTpsl`, protocol.md
2.6): it wakes the children when the entry is wholly filled, and drops them when the entry is
cancelled, even after a part of it filled. Where others trade the coin too, the venue's reduce-only
would look at everybody's position; there the desk keeps the children here, and sends them as the
entry fills.

                        kept by the venue                 kept by the desk
    entry fills a part  (children wait)                   children sent, as large as that part
    entry filled        children wait for their prices    children as large as the entry
    entry ends early    children dropped, and placed      children as large as what filled
                        anew for what filled
    a child fills       its sibling is cut to what is     the same
                        left, and ended with nothing left

So what was opened is protected either way. Children that are placed anew have new cloids and name
the entry as their parent.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

import msgspec

from hive.domain.identifiers import Cloid, StrategyId
from hive.domain.instruments import ZERO
from hive.domain.order_options import Child, OrderOptions
from hive.domain.orders import OrderEvent, OrderIntent, OrderNews, TimeInForce
from hive.execution.books.account_books import AccountBooks
from hive.execution.intake.netting import has_to_itself, over_reducing, reducible
from hive.execution.intake.order_taking import OrderTaking
from hive.execution.orders.order_life import OrderLife
from hive.execution.orders.triggered import is_waiting

LATE_MAX: Final = 100
MARGIN_CANCELED: Final = "marginCanceled"
"""The one end of an entry that is not whole with which the venue wakes its children."""


class Ward(msgspec.Struct):
    """A child as its family knows it."""

    cloid: Cloid
    filled: Decimal = ZERO
    is_dropped: bool = False
    """It ended with its entry, of which more may have filled than was known."""
    is_given_up: bool = False
    """Its strategy has asked for its end."""


class Family(msgspec.Struct):
    """An entry and its children."""

    entry: OrderIntent
    wards: list[Ward]
    opened: Decimal = ZERO
    """How much of the entry filled."""
    is_entry_over: bool = False
    is_whole: bool = False
    """The entry filled to its whole size."""

    @property
    def closed(self) -> Decimal:
        """How much of that the children have closed."""
        return sum((ward.filled for ward in self.wards), ZERO)


class Brackets:
    """All families of one account whose members are not all over."""

    def __init__(
        self,
        books: AccountBooks,
        taking: OrderTaking,
        *,
        place: Callable[[OrderIntent], Cloid],
        now_ms: Callable[[], int],
    ) -> None:
        """`place` takes up an order like the one that is given, under a cloid of its own."""
        self._books = books
        self._dispatch = books.dispatch
        self._taking = taking
        self._place = place
        self._now_ms = now_ms
        self.families: dict[Cloid, Family] = {}
        self._entry_by_child: dict[Cloid, Cloid] = {}
        self._late: dict[Cloid, None] = {}
        """Families that are over, by their entries, of which fills may still be told."""
        self._is_in_line = False

    def has_to_itself(self, strategy: StrategyId, coin: str) -> bool:
        """Whether the venue can keep a strategy's families: nobody else trades the coin here."""
        return has_to_itself(strategy, coin, self._books.positions, self._books.exposure)

    def begin(self, lives: list[OrderLife]) -> None:
        """An entry and its children were taken up; the children sleep until it fills."""
        entry, *children = lives
        wards = [Ward(child.cloid) for child in children]
        self._keep(Family(entry.intent, wards))
        for child in children:
            child.is_asleep = True

    def restore(self) -> None:
        """Take up the families of an earlier process, and leave them alone until `protect`."""
        lives = self._dispatch.lives()
        for life in lives:
            if life.intent.options is not None and life.intent.options.children:
                self._restore_family(life.intent, is_entry_over=False)
        for kept in self._books.kept_children:
            if kept.is_entry_over:
                self._restore_family(kept.entry, is_entry_over=True)
        for life in lives:
            options = life.intent.options
            parent = None if options is None else options.parent
            if parent is not None and life.cloid not in self._entry_by_child:
                self._restore_child(life, parent)

    def protect(self) -> None:
        """Send the children that an earlier process left unsent, as large as what they protect."""
        self._is_in_line = True
        for family in list(self.families.values()):
            if family.opened or family.is_entry_over:
                self._protect(family)

    def heard(self, event: OrderEvent) -> None:
        """Do with a family what news of a member asks for."""
        order = event.order
        family = self.families.get(order.cloid)
        if family is not None:
            self._entry_told(family, event)
        elif (entry := self._entry_by_child.get(order.cloid)) is not None:
            family = self.families[entry]
            self._child_told(family, event)
        if family is not None and self._is_over(family):
            self._part_with(family)

    # --- the entry ------------------------------------------------------------------------------

    def _entry_told(self, family: Family, event: OrderEvent) -> None:
        order = event.order
        family.opened = order.filled_size
        family.is_entry_over = not order.is_live
        family.is_whole = family.is_entry_over and order.filled_size >= order.size
        if event.reason == MARGIN_CANCELED:
            self._take_over(family)
        if family.is_whole:
            for ward in family.wards:
                life = self._dispatch.live(ward.cloid)
                if life is not None and is_at_venue(life):
                    life.is_asleep = False
            self._hold_to_position(family.entry)
        self._protect(family)

    def _hold_to_position(self, entry: OrderIntent) -> None:
        """What woke is as large as its entry, which may have closed something, too."""
        lives = self._dispatch.lives(entry.strategy)
        for cut in over_reducing(entry.strategy, entry.coin, self._books.positions, lives):
            life = self._dispatch.live(cut.cloid)
            if life is not None:
                self._taking.cut(life, cut.rest, self._now_ms())

    def _take_over(self, family: Family) -> None:
        """The venue woke the children of an entry that is not whole: they are larger than it."""
        for ward in family.wards:
            life = self._dispatch.live(ward.cloid)
            if life is not None and is_at_venue(life):
                life.is_asleep = False
                self._taking.cut(life, family.opened - family.closed, self._now_ms())

    def _protect(self, family: Family) -> None:
        """Let each child that the desk keeps be as large as what it protects.

        One that the venue dropped with its entry, or that was ended when nothing seemed to have
        filled, is placed anew for what did. Nothing of it before the venue's list of orders was
        read: a child may be there of whose leaving a power cut took the record.
        """
        if not self._is_in_line:
            return
        for ward in family.wards:
            life = self._dispatch.live(ward.cloid)
            size = family.opened - family.closed + ward.filled
            if life is not None:
                if not (is_at_venue(life) or life.cancel_asked):
                    self._fit(family, ward, life, size)
            elif ward.is_dropped and size > ward.filled:
                self._again(family, ward, size - ward.filled)

    def _fit(self, family: Family, ward: Ward, life: OrderLife, size: Decimal) -> None:
        if life.is_asleep:
            size = min(size, self._closable(life))
        if size <= ward.filled:
            if family.is_entry_over:
                ward.is_dropped = True
                self._taking.ask_cancel(life)
        elif life.is_asleep:
            life.size = size
            life.is_asleep = False
            self._taking.line_up(life, self._now_ms(), is_urgent=True)
        elif size != life.size and is_waiting(life):
            wanted = (size, life.limit_px, None)
            self._taking.replace(life.strategy, life.cloid, wanted, self._now_ms())

    def _again(self, family: Family, ward: Ward, size: Decimal) -> None:
        life = self._dispatch.life(ward.cloid)
        if life is None:
            return
        ward.is_dropped = False
        del self._entry_by_child[ward.cloid]
        ward.cloid, ward.filled = self._place(_anew(life, size)), ZERO
        self._entry_by_child[ward.cloid] = family.entry.cloid

    def _closable(self, life: OrderLife) -> Decimal:
        """How much there is to close for an order; what it was to protect may be gone already."""
        held = self._books.positions.size_of(life.strategy, life.intent.coin)
        return reducible(held, life.intent.side)

    # --- a child --------------------------------------------------------------------------------

    def _child_told(self, family: Family, event: OrderEvent) -> None:
        order = event.order
        ward = next(ward for ward in family.wards if ward.cloid == order.cloid)
        if order.filled_size > ward.filled:
            ward.filled = order.filled_size
            self._cut_siblings(family, ward)
        ward.is_given_up |= order.cancel_pending or event.news is OrderNews.CANCEL_REJECTED
        if event.news is OrderNews.CANCELED and not (ward.is_given_up or order.is_triggered):
            life = self._dispatch.life(order.cloid)
            if life is not None and is_at_venue(life) and not family.is_whole:
                ward.is_dropped = True
                if family.is_entry_over:
                    self._protect(family)

    def _cut_siblings(self, family: Family, filled: Ward) -> None:
        rest = family.opened - family.closed
        for ward in family.wards:
            life = self._dispatch.live(ward.cloid)
            if ward is not filled and life is not None and not life.is_asleep:
                self._taking.cut(life, max(ZERO, rest), self._now_ms())

    # --- the past, and small change -------------------------------------------------------------

    def _restore_family(self, entry: OrderIntent, *, is_entry_over: bool) -> None:
        """Children that wait sleep on; of others that are not open it is known what they closed."""
        waiting = self._books.kept_children.waiting(entry.cloid)
        opened = self._dispatch.filled(entry.cloid)
        family = Family(entry, [], opened, is_entry_over)
        family.is_whole = is_entry_over and opened >= entry.size
        for child in entry.options.children if entry.options else ():
            known = self._dispatch.live(child.cloid)
            if child.cloid in waiting:
                known = self._dispatch.register(_intent_of(child, entry))
                known.is_asleep = True
            elif known is not None and is_at_venue(known):
                known.is_asleep = True
            family.wards.append(Ward(child.cloid, self._dispatch.filled(child.cloid)))
        self._keep(family)

    def _restore_child(self, life: OrderLife, parent: Cloid) -> None:
        """Of an entry that is over: as far as the children go, it was as large as they are."""
        family = self.families.get(parent)
        if family is None:
            entry = msgspec.structs.replace(
                life.intent, cloid=parent, side=life.intent.side.opposite
            )
            family = Family(entry, [], is_entry_over=True, is_whole=True)
            self._keep(family)
        family.wards.append(Ward(life.cloid, life.filled))
        family.opened = max(family.opened, life.size)
        self._entry_by_child[life.cloid] = parent

    def _is_over(self, family: Family) -> bool:
        if not family.is_entry_over:
            return False
        return all(self._dispatch.live(ward.cloid) is None for ward in family.wards)

    def _keep(self, family: Family) -> None:
        self.families[family.entry.cloid] = family
        for ward in family.wards:
            self._entry_by_child[ward.cloid] = family.entry.cloid

    def _part_with(self, family: Family) -> None:
        """Forget a family that is over; one whose entry may have filled more than is told, late."""
        if family.is_whole:
            self._forget(family)
            return
        self._late[family.entry.cloid] = None
        if len(self._late) > LATE_MAX:
            first = next(iter(self._late))
            del self._late[first]
            oldest = self.families.get(first)
            if oldest is not None and self._is_over(oldest):
                self._forget(oldest)

    def _forget(self, family: Family) -> None:
        self.families.pop(family.entry.cloid, None)
        for ward in family.wards:
            self._entry_by_child.pop(ward.cloid, None)


def is_at_venue(child: OrderLife) -> bool:
    """Whether the venue keeps it for its entry, not the desk."""
    options = child.intent.options
    return options is not None and options.unit is not None and options.unit.is_family


def _anew(life: OrderLife, size: Decimal) -> OrderIntent:
    """The child as it stood, for what is left to protect, and for itself."""
    options = msgspec.structs.replace(
        life.intent.options or OrderOptions(), trigger=life.trigger, unit=None
    )
    return msgspec.structs.replace(life.intent, size=size, limit_px=life.limit_px, options=options)


def _intent_of(child: Child, entry: OrderIntent) -> OrderIntent:
    """A child that its entry's record tells of."""
    return OrderIntent(
        strategy=entry.strategy,
        cloid=child.cloid,
        coin=entry.coin,
        side=entry.side.opposite,
        size=entry.size,
        limit_px=child.limit_px,
        tif=TimeInForce.GTC,
        reduce_only=True,
        options=OrderOptions(
            trigger=child.trigger,
            parent=entry.cloid,
            builder=None if entry.options is None else entry.options.builder,
        ),
    )
