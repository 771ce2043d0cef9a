"""Every short story of an order at the venue, and every order in which its words can arrive.

A story is a sequence of deeds, some of them ours. Those of the venue are done as soon as they can
be, for nobody sees them; ours at any moment at which they make sense, for it matters what we knew
then. So a path through a story is a choice, again and again, between the words that are on their
way and our next deed. Paths that have come to the same state are followed further once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, Protocol

import msgspec
from tests.properties.true_order import LOT, TrueOrder

BEGINNINGS: Final[dict[str, tuple[int, Callable[[], TrueOrder]]]] = {
    "fresh": (2, TrueOrder),
    "unanswered": (2, lambda: TrueOrder(is_answered=False)),
    "resting": (0, lambda: TrueOrder(is_known=True)),
}
"""How many words it begins with."""
ASKS_MAX: Final = 2

Deed = Callable[[TrueOrder], None]
OURS: Final[dict[str, Deed]] = {
    "ask": lambda order: order.ask_replace("101"),
    "kill": lambda order: order.ask_cancel(),
}
VENUES: Final[dict[str, Deed]] = {
    "fill": lambda order: order.fill(3 * LOT),
    "fill rest": lambda order: order.fill(),
    "cancel": lambda order: order.cancel(),
    "repeat": lambda order: order.repeat(),
    "replaced": lambda order: order.take_replace(),
    "replaced, unanswered": lambda order: order.take_replace(is_answered=False),
    "replaced, open lost": lambda order: order.take_replace(is_open_told=False),
    "killed": lambda order: order.take_cancel(),
    "killed, unanswered": lambda order: order.take_cancel(is_answered=False),
}


class Chooser(Protocol):
    """Decides which way a path goes on."""

    def is_known(self, order: TrueOrder, deeds_left: int) -> bool:
        """Whether all that can follow from here has been followed."""
        ...

    def choose(self, options: int) -> int: ...


class Prefix:
    """Takes a path as far as it is given, then always the first way; knows the path after it."""

    def __init__(self, given: list[int], known: set[object]) -> None:
        self._given = given
        self._known = known
        self._taken: list[int] = []
        self._options: list[int] = []

    def is_known(self, order: TrueOrder, deeds_left: int) -> bool:
        if len(self._taken) < len(self._given):
            return False
        state = (deeds_left, order.state())
        if state in self._known:
            return True
        self._known.add(state)
        return False

    def choose(self, options: int) -> int:
        at = len(self._taken)
        choice = self._given[at] if at < len(self._given) else 0
        self._taken.append(choice)
        self._options.append(options)
        return choice

    def after(self) -> list[int] | None:
        """The next path in the order of their choices; None after the last."""
        for at in reversed(range(len(self._taken))):
            if self._taken[at] + 1 < self._options[at]:
                return [*self._taken[:at], self._taken[at] + 1]
        return None


class Plot(msgspec.Struct, frozen=True):
    """How far a story has come, as far as that decides what may follow."""

    deeds: tuple[str, ...]
    words: int
    is_over: bool = False
    is_asked: bool = False
    is_killing: bool = False

    @property
    def is_whole(self) -> bool:
        return not self.is_asked and not self.is_killing

    def followed(self) -> Iterator[Plot]:
        """Every story that is one deed longer."""
        if not self.is_asked and not self.is_over and self.deeds.count("ask") < ASKS_MAX:
            yield self._with("ask", 0, is_asked=True)
        if not self.is_killing and "kill" not in self.deeds:
            yield self._with("kill", 0, is_killing=True)
        if self.is_asked and self.is_over:
            yield self._with("replaced", 1, is_asked=False)
        elif self.is_asked:
            yield self._with("replaced", 3, is_asked=False)
            yield self._with("replaced, unanswered", 2, is_asked=False)
            yield self._with("replaced, open lost", 2, is_asked=False)
        if self.is_killing:
            words = 1 if self.is_over else 2
            yield self._with("killed", words, is_killing=False, is_over=True)
            yield self._with("killed, unanswered", words, is_killing=False, is_over=True)
        if not self.is_over:
            yield self._with("fill", 1)
            yield self._with("fill rest", 2, is_over=True)
            yield self._with("cancel", 1, is_over=True)
        if self.deeds and self.deeds[-1] in ("fill", "fill rest", "cancel"):
            yield self._with("repeat", 1)

    def _with(self, deed: str, words: int, **marks: bool) -> Plot:
        return msgspec.structs.replace(
            self, deeds=(*self.deeds, deed), words=self.words + words, **marks
        )


def stories(words_max: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every beginning with every sequence of deeds that comes to at most so many words."""
    for name, (words, _) in BEGINNINGS.items():
        plots = [Plot((), words)]
        while plots:
            plot = plots.pop()
            if plot.is_whole and plot.deeds:
                yield name, plot.deeds
            plots += [longer for longer in plot.followed() if longer.words <= words_max]


def play(beginning: str, deeds: tuple[str, ...], chooser: Chooser) -> TrueOrder | None:
    """One path through a story, to where all its words have arrived; None if it joins another."""
    order = BEGINNINGS[beginning][1]()
    left = list(deeds)
    while True:
        _let_the_venue(order, left)
        is_ours_next = bool(left) and _may(order, left[0])
        ways = len(order.words) + is_ours_next
        if not ways and left:
            del left[0]  # it makes no sense any more
            continue
        if not ways:
            return order
        if chooser.is_known(order, len(left)):
            return None
        way = chooser.choose(ways)
        if way < len(order.words):
            order.deliver(way)
        else:
            OURS[left.pop(0)](order)


def _let_the_venue(order: TrueOrder, left: list[str]) -> None:
    while left and left[0] not in OURS:
        deed = left.pop(0)
        if _happens(order, deed):
            VENUES[deed](order)


def _may(order: TrueOrder, deed: str) -> bool:
    return order.may_ask if deed == "ask" else order.may_kill


def _happens(order: TrueOrder, deed: str) -> bool:
    """Whether it still can: what we asked for may have made no sense by then."""
    if deed.startswith("replaced"):
        return order.asked is not None
    if deed.startswith("killed"):
        return order.is_killing
    if deed == "repeat":
        return bool(order.words)
    return not order.is_over


def every_path(beginning: str, deeds: tuple[str, ...]) -> Iterator[TrueOrder]:
    """Every order in which the words of a story can arrive, played to its end."""
    known: set[object] = set()
    given: list[int] | None = []
    while given is not None:
        path = Prefix(given, known)
        order = play(beginning, deeds, path)
        if order is not None:
            yield order
        given = path.after()
