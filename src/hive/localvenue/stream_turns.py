"""The turns of one clock of a stream: whom to tell when it strikes."""

from __future__ import annotations

from collections.abc import Iterable

from hive.localvenue.held_streams import HeldStreams, Json
from hive.localvenue.stream_forms import ByClock


class ClockTurn:
    """One clock of one type, and what changed since it last struck."""

    def __init__(self, kind: str, clock: ByClock) -> None:
        self._kind = kind
        self.clock = clock
        self._changed: dict[str, None] = {}
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
        settled = self.clock.settled_turns
        is_for_all = self.clock.changed is None or (
            settled is not None and self._turns % settled == 0
        )
        changed, self._changed = self._changed, {}
        return [
            (key, form)
            for name, forms in held.of_type(self._kind).items()
            if is_for_all or name in changed
            for key, form in forms.items()
            if self.clock.of(form)
        ]
