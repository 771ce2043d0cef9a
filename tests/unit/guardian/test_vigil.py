"""When the guardian acts, and when it leaves the trader to it."""

from __future__ import annotations

from hive.domain.switches import EVERYTHING, Reach, Scope, Strength, Switch
from hive.guardian.beats import BEAT_BYTES, Beat, State, decode_beat, encode_beat
from hive.guardian.vigil import Duty, Vigil, VigilSettings
from hive.storage.switch_file import NOTHING_THROWN, Thrown

WALL = 1_800_000_000_000
STEP_MS = 50


class Bench:
    """A vigil whose rounds a test plays."""

    def __init__(self, **settings: object) -> None:
        self.vigil = Vigil(VigilSettings(**settings), 0)  # type: ignore[arg-type]  # see the callers
        self.now_ms = 0
        self.beat: Beat | None = None
        self.thrown = NOTHING_THROWN
        self.is_beating = True

    def be(self, state: State, obeyed: int = 0) -> None:
        number = self.beat.number if self.beat else 0
        self.beat = Beat(pid=7, number=number + 1, state=state, obeyed=obeyed)

    def throw(self, strength: Strength, scope: Scope = EVERYTHING) -> None:
        switch = Switch(scope=scope, strength=strength, reason="by hand", thrown_ms=WALL)
        self.thrown = Thrown(sequence=self.thrown.sequence + 1, switches=(switch,))

    def look(self) -> tuple[Duty, ...]:
        return self.vigil.look(self.now_ms, self.beat, self.thrown, WALL + self.now_ms)

    def rounds(self, duration_ms: int) -> list[tuple[Duty, ...]]:
        found = []
        for _ in range(duration_ms // STEP_MS):
            self.now_ms += STEP_MS
            if self.beat is not None and self.is_beating and self.now_ms % 100 == 0:
                self.be(self.beat.state, self.beat.obeyed)
            found.append(self.look())
        return found


def test_while_the_trader_beats_there_is_nothing_to_do() -> None:
    bench = Bench()
    bench.be("trading")
    assert not any(bench.rounds(5_000))


def test_silence_is_noticed_within_half_a_second_and_ends_with_the_next_beat() -> None:
    bench = Bench()
    bench.be("trading")
    bench.rounds(1_000)
    bench.is_beating = False
    found = bench.rounds(600)
    assert not any(found[:9])
    (duty,) = found[10]
    assert (duty.scope, duty.strength) == (EVERYTHING, Strength.CANCEL)
    bench.is_beating = True
    assert not any(bench.rounds(500)[2:])


def test_silence_may_be_configured_to_flatten() -> None:
    bench = Bench(on_silence=Strength.FLATTEN, silence_ms=300)
    bench.be("trading")
    bench.rounds(200)
    bench.is_beating = False
    assert bench.rounds(400)[-1][0].closes


def test_a_trader_that_stopped_or_never_was_is_not_silent() -> None:
    bench = Bench()
    assert not any(bench.rounds(5_000))
    bench.be("trading")
    bench.rounds(200)
    bench.be("stopped")
    bench.is_beating = False
    assert not any(bench.rounds(5_000))


def test_a_trader_that_died_before_the_guardian_came_is_silent() -> None:
    bench = Bench()
    bench.be("trading")
    bench.is_beating = False
    assert bench.rounds(600)[-1]


def test_a_guardian_that_slept_does_not_blame_the_trader() -> None:
    bench = Bench()
    bench.be("trading")
    bench.rounds(200)
    bench.now_ms += 60_000
    assert not bench.look()
    assert not any(bench.rounds(1_000))


def test_a_switch_is_left_to_a_trader_that_is_well() -> None:
    bench = Bench()
    bench.be("trading")
    bench.rounds(200)
    bench.throw(Strength.CANCEL)
    assert not any(bench.rounds(50))
    assert bench.vigil.is_left_to_trader, "nobody has obeyed yet"
    bench.be("trading", obeyed=1)
    assert not any(bench.rounds(200))
    assert not bench.vigil.is_left_to_trader


def test_a_trader_that_is_late_is_waited_for_half_a_second() -> None:
    bench = Bench()
    bench.be("trading")
    bench.rounds(200)
    bench.is_beating = False
    bench.throw(Strength.CANCEL)
    found = bench.rounds(450)
    assert not any(found)
    bench.be("trading", obeyed=1)
    assert not any(bench.rounds(50))


def test_a_trader_that_beats_and_does_not_obey_is_not_waited_for_so_long() -> None:
    bench = Bench()
    bench.be("trading")
    bench.rounds(200)
    bench.throw(Strength.CANCEL)
    found = bench.rounds(300)
    assert not any(found[:5])
    assert found[5][0].reason == "by hand"


def test_a_trader_that_gets_stuck_as_the_switch_is_thrown_is_waited_for_half_a_second() -> None:
    bench = Bench(silence_ms=60_000)
    bench.be("trading")
    bench.rounds(200)
    bench.is_beating = False
    bench.throw(Strength.CANCEL)
    found = bench.rounds(550)
    assert not any(found[:9])
    assert found[-1][0].reason == "by hand"


def test_a_stuck_trader_is_not_waited_for() -> None:
    bench = Bench(silence_ms=60_000)
    bench.be("trading")
    bench.rounds(200)
    bench.is_beating = False
    bench.rounds(550)
    bench.throw(Strength.CANCEL)
    assert bench.rounds(50)[0]


def test_a_guardian_that_is_late_itself_waits_no_longer_for_a_switch() -> None:
    bench = Bench()
    bench.be("trading")
    bench.rounds(200)
    bench.is_beating = False
    bench.throw(Strength.CANCEL)
    bench.rounds(50)
    bench.now_ms += 500
    assert [duty.reason for duty in bench.look()] == ["by hand"]


def test_a_switch_that_was_obeyed_is_verified_once_at_the_venue() -> None:
    bench = Bench()
    bench.be("trading")
    bench.rounds(200)
    bench.throw(Strength.CANCEL)
    bench.rounds(50)
    bench.be("trading", obeyed=1)
    found = bench.rounds(4_000)
    assert not any(found[:10])
    assert any(found[10:30])
    assert not any(found[45:])


def test_without_a_trader_the_guardian_obeys_alone() -> None:
    bench = Bench()
    bench.throw(Strength.FLATTEN)
    assert bench.look()[0].closes


def test_a_pause_needs_no_guardian_and_a_strategy_is_the_traders_to_verify() -> None:
    bench = Bench()
    bench.throw(Strength.PAUSE)
    assert not bench.look()
    bench.be("trading")
    bench.rounds(200)
    bench.throw(Strength.CANCEL, Scope(Reach.STRATEGY, "alice"))
    bench.be("trading", obeyed=2)
    assert not any(bench.rounds(4_000))


def test_a_beat_reads_as_it_was_written_and_a_torn_one_as_none() -> None:
    beat = Beat(pid=2**22, number=2**40, state="trading", obeyed=2**31, orders=5_000)
    content = encode_beat(beat)
    assert len(content) == BEAT_BYTES
    assert decode_beat(content) == beat
    for torn in (None, b"", content[:40], b"\x00" * BEAT_BYTES):
        assert decode_beat(torn) is None
