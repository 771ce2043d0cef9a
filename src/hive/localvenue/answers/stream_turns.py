"""The turns of one clock of a stream: whom to tell when it strikes.

A turn falls between two blocks, so it must not take as long as one. Where only those are told who
changed, so many are told at a turn, those first who have waited longest; and who did not change is
told in shares, a part of them at each turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from hive.localvenue.answers.held_streams import HeldStreams, Json
from hive.localvenue.answers.stream_forms import ByClock

TOLD_MAX: Final = 500
"""Accounts at a turn; the state of one takes some fifty microseconds."""


class ClockTurn:
    """One clock of one type, and what changed since it last struck."""

    def __init__(self, kind: str, clock: ByClock, *, told_max: int = TOLD_MAX) -> None:
        self._kind = kind
        self._told_max = told_max
        self.clock = clock
        self._changed: dict[str, None] = {}
        """Who has not been told of it yet, the first to change first."""
        self._turns = 0

    def note(self, names: Iterable[str], held: HeldStreams) -> None:
        """These changed; only those that somebody holds are kept."""
        forms_by_name = held.of_type(self._kind)
        if forms_by_name:
            for name in names:
                if name in forms_by_name:
                    self._changed[name] = None

    def take(self, held: HeldStreams) -> list[tuple[str, Json]]:
        """The keys and forms to tell of now; what changed counts from here anew."""
        self._turns += 1
        forms_by_name = held.of_type(self._kind)
        names = forms_by_name if self.clock.changed is None else self._due(forms_by_name)
        return [
            (key, form)
            for name in names
            for key, form in forms_by_name[name].items()
            if self.clock.of(form)
        ]

    def _due(self, forms_by_name: Mapping[str, Any]) -> list[str]:
        """Who changed, and who is told anyway."""
        waiting = [name for name in self._changed if name in forms_by_name]
        told, left = waiting[: self._told_max], waiting[self._told_max :]
        self._changed = dict.fromkeys(left)
        share = self._share(forms_by_name)
        for name in share:
            self._changed.pop(name, None)
        return list(dict.fromkeys((*told, *share)))

    def _share(self, forms_by_name: Mapping[str, Any]) -> list[str]:
        """Who is told at this turn though nothing may have happened."""
        if self.clock.settled_turns is None:
            return []
        shares = max(self.clock.settled_turns, -(-len(forms_by_name) // self._told_max))
        return [
            name
            for number, name in enumerate(forms_by_name)
            if (number + self._turns) % shares == 0
        ]
