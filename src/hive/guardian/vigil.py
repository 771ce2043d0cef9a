"""When the guardian acts: on a switch that the trader does not obey, and on the trader's silence.

    beats go on, switches obeyed   watch; after a switch, look at the venue once, to be sure
    a switch, and then no beat     do what it says when the trader's time is up
    beats that do not obey it      do what it says
    no beat for `silence_ms`       do what was configured for that, until there is one

The trader looks at the switches before each beat, so a beat that comes after a switch obeys it,
and a loop that is stuck shows by nothing but silence. A loaded machine makes a loop late that is
well: so a trader is waited for as long as the second allows in which everything must be stopped.

A guardian that was itself not run for a while cannot tell whether the trader is silent; it begins
to count anew. A switch does not wait for that, and who was silent before stays so until he beats:
a slow venue keeps a guardian that acts from looking.
"""

from __future__ import annotations

from typing import Final

import msgspec

from hive.domain.switches import Reach, Scope, Strength, Switch
from hive.guardian.beats import BEAT_EVERY_MS, Beat
from hive.storage.switch_file import Thrown

DUE_MS: Final = 5 * BEAT_EVERY_MS
"""How long a trader has to obey a switch, and how long one is taken to be well after a beat."""
DEAF_BEATS: Final = 2
"""A trader that beats so often after a switch and does not obey it cannot read it."""
DEAF_MS: Final = 250
"""And so long after it."""
STARTING_MS: Final = 5_000
"""How long a trader may be silent that has not begun to trade: it reads what earlier ones left."""
VERIFY_MS: Final = 600
"""So long after a switch the venue is looked at, whoever obeyed it."""
VERIFY_FOR_MS: Final = 2_000


class VigilSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How patient the guardian is, and what it does about silence."""

    silence_ms: int = 500
    on_silence: Strength = Strength.CANCEL


class Duty(msgspec.Struct, frozen=True):
    """What is to be done now."""

    scope: Scope
    strength: Strength
    reason: str
    is_check: bool = False
    """The trader does it; one look tells whether it is done."""

    @property
    def closes(self) -> bool:
        """Whether positions are to be closed."""
        return self.strength >= Strength.FLATTEN


class Vigil:
    """Judges one trader. Times are monotonic milliseconds of the guardian's own."""

    def __init__(self, settings: VigilSettings, now_ms: int) -> None:
        self._settings = settings
        self._beat: Beat | None = None
        self._beat_ms = now_ms
        self._looked_ms = now_ms
        self._sequence = 0
        self._changed_ms = now_ms
        self._beats_since = 0
        """How often the trader has beaten since the switches changed."""

    @property
    def is_left_to_trader(self) -> bool:
        """Whether the trader is still to obey what was thrown or lifted last."""
        beat = self._beat
        return beat is not None and _is_running(beat) and beat.obeyed < self._sequence

    def silent_ms(self, now_ms: int) -> int:
        """How long nothing was heard of the trader."""
        return now_ms - self._beat_ms

    def look(
        self, now_ms: int, beat: Beat | None, thrown: Thrown, wall_ms: int
    ) -> tuple[Duty, ...]:
        """Everything to be done now; nothing if the trader does it, or none is there."""
        was_away = now_ms - self._looked_ms > self._settings.silence_ms // 2
        if was_away and not self._is_silent(self._looked_ms):
            self._beat_ms = now_ms  # we were asleep ourselves
        self._looked_ms = now_ms
        if beat is not None and (self._beat is None or _is_other(self._beat, beat)):
            self._beat, self._beat_ms = beat, now_ms
            self._beats_since += 1
        if thrown.sequence != self._sequence:
            self._sequence, self._changed_ms = thrown.sequence, now_ms
            self._beats_since = 0
        switches = [each for each in thrown.in_force(wall_ms) if each.strength >= Strength.CANCEL]
        is_ours = self._is_left_to_us(now_ms)
        duties = [
            Duty(switch.scope, switch.strength, switch.reason, is_check=not is_ours)
            for switch in switches
            if is_ours or self._is_to_check(switch, now_ms)
        ]
        silence = self._silence(now_ms)
        return tuple(duties if silence is None else [silence, *duties])

    def _is_left_to_us(self, now_ms: int) -> bool:
        """Whether the trader cannot be left to obey switches."""
        beat = self._beat
        if beat is None or not _is_running(beat) or self.silent_ms(now_ms) >= DUE_MS:
            return True
        is_deaf = self._beats_since >= DEAF_BEATS
        age_ms = now_ms - self._changed_ms
        return beat.obeyed < self._sequence and age_ms >= (DEAF_MS if is_deaf else DUE_MS)

    def _is_to_check(self, switch: Switch, now_ms: int) -> bool:
        """Whether a look at the venue is due, to be sure of a trader that obeys."""
        beat = self._beat
        if beat is None or beat.obeyed < self._sequence or switch.scope.reach is Reach.STRATEGY:
            return False
        return VERIFY_MS <= now_ms - self._changed_ms < VERIFY_FOR_MS

    def _is_silent(self, now_ms: int) -> bool:
        beat = self._beat
        if beat is None or beat.state == "stopped":
            return False
        patience_ms = self._settings.silence_ms if beat.state == "trading" else STARTING_MS
        return self.silent_ms(now_ms) >= patience_ms

    def _silence(self, now_ms: int) -> Duty | None:
        if not self._is_silent(now_ms):
            return None
        reason = "guardian: the trader is silent"
        return Duty(Scope(Reach.EVERYTHING), self._settings.on_silence, reason)


def _is_other(before: Beat, beat: Beat) -> bool:
    return (before.pid, before.number, before.state) != (beat.pid, beat.number, beat.state)


def _is_running(beat: Beat) -> bool:
    return beat.state in ("starting", "trading")
