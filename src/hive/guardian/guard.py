"""The guardian's round, twenty times a second: read signs of life and switches, do what is due.

Every pass asks the venue what is open; so after one that found nothing the next is made later and
later, and what another process still had on its way is found by then. After that it is made once a
minute for as long as the duty stands: on a second machine the trader may not know of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from hive.domain.errors import HiveError, LinkError, OperatorError, VenueError
from hive.guardian.beats import BEAT_EVERY_MS, Beat, State, decode_beat
from hive.guardian.reach import Names
from hive.guardian.thrift import Thrift
from hive.guardian.venue_hand import Done, VenueHand
from hive.guardian.vigil import Duty, Vigil
from hive.runtime.ports import Clock, Disk
from hive.storage.registry import view_registry
from hive.storage.switch_file import NOTHING_THROWN, SwitchFile

LOOK_EVERY_MS: Final = 50
PASSES_MS: Final = (0, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 20_000, 40_000, 60_000)
"""After a duty began, when the venue is looked at although the last look found nothing; from then
on in steps of the last."""
AGAIN_MS: Final = 100
"""After a pass that found something, or failed."""
CANNOT_TELL: Final = (
    "this machine does not know whose orders are whose: stop the strategy's coin or its account"
)
NS_BY_MS: Final = 1_000_000


class BeatFiles(Protocol):
    """Signs of life, in files that are read and written in place."""

    def read_trader(self) -> bytes | None: ...

    def write_guardian(self, beat: Beat) -> None: ...


class Guard:
    """Watches one trader's folder, and its accounts as far as the guardian's key reaches."""

    def __init__(
        self,
        vigil: Vigil,
        hands: Sequence[VenueHand],
        disk: Disk,
        beats: BeatFiles,
        clock: Clock,
        *,
        pid: int,
        say: Callable[[str, str], None],
    ) -> None:
        """`say` tells people: a kind of one word, and a sentence."""
        self._vigil = vigil
        self._hands = hands
        self._disk = disk
        self._switches = SwitchFile(disk)
        self._beats = beats
        self._clock = clock
        self._pid = pid
        self._say = say
        self._thrown = NOTHING_THROWN
        self._names = Names()
        self._duties: tuple[Duty, ...] = ()
        self._began_ms = 0
        self._next_ms = 0
        self._seen = 0
        self._obeyed = 0
        self._thrift = Thrift(self._now_ms())
        self._number = 0
        self._beat_ms = -BEAT_EVERY_MS

    async def run(self, is_over: Callable[[], bool]) -> None:
        """Watch until `is_over`."""
        while not is_over():
            await self.round()
            await asyncio.sleep(LOOK_EVERY_MS / 1_000)
        self._beat("stopped")

    async def round(self) -> None:
        """Look once, and do what is due."""
        now_ms = self._now_ms()
        self._read_switches()
        beat = decode_beat(self._beats.read_trader())
        duties = self._vigil.look(now_ms, beat, self._thrown, self._clock.now_ms())
        if duties != self._duties:
            self._begin(duties, now_ms)
        if duties and now_ms >= self._next_ms:
            await self._pass()
        if not duties and not self._vigil.is_left_to_trader:
            self._obeyed = self._thrown.sequence
        if now_ms - self._beat_ms >= BEAT_EVERY_MS:
            self._beat_ms = now_ms
            self._beat("acting" if duties else "watching")

    def _begin(self, duties: tuple[Duty, ...], now_ms: int) -> None:
        for duty in duties:
            if duty not in self._duties:
                kind = "checking" if duty.is_check else "acting"
                self._say(kind, f"{duty.scope} {duty.strength.word}: {duty.reason}")
        if not duties:
            self._say("watching", "the trader is in charge again")
        else:
            self._names = self._read_names()
            for duty in duties:
                if not self._names.can_tell(duty):
                    self._say("error", f"{duty.scope}: {CANNOT_TELL}")
        self._duties, self._began_ms, self._next_ms = duties, now_ms, now_ms

    async def _pass(self) -> None:
        """One look at the venue, and what it calls for."""
        sequence = self._thrown.sequence
        passes = [hand.carry_out(self._duties, self._names) for hand in self._hands]
        found = await asyncio.gather(*passes, return_exceptions=True)
        now_ms = self._now_ms()
        self._thrift.spent(sum(hand.take_weight() for hand in self._hands), now_ms)
        done = [each for each in found if isinstance(each, Done)]
        for each in found:
            if isinstance(each, LinkError | VenueError):
                self._say("error", str(each))
            elif isinstance(each, BaseException):
                raise each
        self._seen = sum(each.orders for each in done)
        is_clear = len(done) == len(found) and all(each.is_clear for each in done)
        if is_clear and all(self._names.can_tell(duty) for duty in self._duties):
            self._obeyed = sequence
        if any(not each.is_clear for each in done):
            self._say("acted", _deed(done))
        self._next_ms = self._later_ms(now_ms) if is_clear else now_ms + AGAIN_MS
        self._next_ms = max(self._next_ms, now_ms + self._thrift.wait_ms(now_ms))

    def _later_ms(self, now_ms: int) -> int:
        """When to make sure once more."""
        if all(duty.is_check for duty in self._duties):
            return now_ms + PASSES_MS[-1]
        age_ms = now_ms - self._began_ms
        later = [at_ms for at_ms in PASSES_MS if at_ms > age_ms]
        return self._began_ms + later[0] if later else now_ms + PASSES_MS[-1]

    def _read_switches(self) -> None:
        try:
            self._thrown = self._switches.read()
        except OperatorError as error:
            self._say("error", f"{error}; what was known is obeyed on")

    def _read_names(self) -> Names:
        """Whose orders are whose, as far as this machine knows."""
        try:
            view = view_registry(self._disk)
        except (HiveError, OSError) as error:
            self._say("error", str(error))
            return Names()
        return Names() if view is None else Names(view.instance, view.strategies, view.accounts)

    def _beat(self, state: State) -> None:
        self._number += 1
        beat = Beat(
            pid=self._pid,
            number=self._number,
            state=state,
            obeyed=self._obeyed,
            orders=self._seen,
        )
        self._beats.write_guardian(beat)

    def _now_ms(self) -> int:
        return self._clock.monotonic_ns() // NS_BY_MS


def _deed(done: Sequence[Done]) -> str:
    orders, positions = sum(each.orders for each in done), sum(each.positions for each in done)
    return f"cancelled {orders} orders, closing {positions} positions"
