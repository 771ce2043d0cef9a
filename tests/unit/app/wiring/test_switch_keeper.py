"""Desks and the file of switches are kept alike, whoever throws and whatever the disk does."""

from __future__ import annotations

import msgspec
from tests.unit.execution.desk_rig import ACCOUNT, ALICE, START_MS, DeskRig

from hive.app.wiring.switch_keeper import SwitchKeeper
from hive.domain.errors import DiskFailed
from hive.domain.identifiers import StrategyId
from hive.domain.switches import EVERYTHING, Reach, Scope, Strength, Switch
from hive.simulation.disk import MemoryDisk
from hive.storage.records import ResumedRecord
from hive.storage.resume_answers import ResumeAnswer, ResumeAnswers
from hive.storage.switch_file import SWITCHES_MAX, SWITCHES_PATH, SwitchFile

HOUR_MS = 3_600_000
ALICES = Scope(Reach.STRATEGY, ALICE)


def switch(strength: Strength, scope: Scope = EVERYTHING) -> Switch:
    return Switch(scope=scope, strength=strength, reason="a test", thrown_ms=START_MS)


class Bench:
    """A desk, a keeper, and the disk that outlives them."""

    def __init__(self, disk: MemoryDisk | None = None) -> None:
        self.rig = DeskRig().start()
        self.disk = disk or MemoryDisk(lambda: 0.5)
        self.mount = self.disk.mount(self.rig.loop)
        self.said: list[str] = []
        self.keeper = SwitchKeeper(
            self.mount,
            self.rig.clock,
            lambda: {ACCOUNT: self.rig.desk},
            lambda kind, text: self.said.append(text),
            self.start_paused,
        )
        self.faults: dict[Scope, dict[StrategyId, str]] = {}

    def start_paused(self, scope: Scope) -> dict[StrategyId, str]:
        """Whoever is paused in the scope, by what a test says."""
        return self.faults.get(scope, {})

    @property
    def file(self) -> SwitchFile:
        """As another process sees it."""
        return SwitchFile(self.mount)

    def look(self) -> None:
        self.rig.do(self.keeper.look)

    def thrown(self) -> list[tuple[str, Strength]]:
        return [(str(each.scope), each.strength) for each in self.rig.desk.risk.thrown()]


def test_a_switch_from_before_the_run_is_told_with_its_time_and_what_lifts_it() -> None:
    bench = Bench()
    for thrown in (switch(Strength.CANCEL), switch(Strength.PAUSE, ALICES)):
        earlier = msgspec.structs.replace(thrown, thrown_ms=START_MS - 3 * HOUR_MS)
        bench.file.throw(earlier, START_MS)
    bench.rig.do(bench.keeper.open)
    assert [text for text in bench.said if "before this run" in text] == [
        (
            "kill switch: all cancel was thrown before this run (3 h ago: a test);"
            " lift it with `hive resume FILE`"
        ),
        (
            f"kill switch: strategy:{ALICE} pause was thrown before this run (3 h ago: a test);"
            f" lift it with `hive resume FILE --scope strategy:{ALICE}`"
        ),
    ]


def test_what_a_person_writes_is_obeyed_at_the_next_look() -> None:
    bench = Bench()
    bench.look()
    bench.file.throw(switch(Strength.CANCEL), START_MS)
    bench.look()
    assert bench.thrown() == [("all", Strength.CANCEL)]
    assert bench.keeper.applied == 1
    bench.file.lift(None, START_MS)
    bench.look()
    assert bench.thrown() == []
    assert bench.keeper.applied == 2


def test_what_a_loss_throws_is_written_and_obeyed_by_the_next_process() -> None:
    first = Bench()
    first.rig.do(lambda: first.rig.desk.risk.throw(switch(Strength.HALT, ALICES)))
    first.keeper.keep(switch(Strength.HALT, ALICES))
    second = Bench(first.disk)
    second.rig.do(second.keeper.open)
    assert second.thrown() == [(f"strategy:{ALICE}", Strength.HALT)]


def test_a_switch_that_the_disk_refuses_holds_and_is_written_later() -> None:
    bench = Bench()

    class Full:
        """A disk that is full for a while."""

        def __init__(self) -> None:
            self.is_full = True

        def __getattr__(self, name: str) -> object:
            return getattr(bench.mount, name)

        def replace(self, path: str, data: bytes) -> None:
            if self.is_full:
                raise DiskFailed("no space left")
            bench.mount.replace(path, data)

    disk = Full()
    keeper = SwitchKeeper(
        disk,  # type: ignore[arg-type]  # it passes on what it does not do itself
        bench.rig.clock,
        lambda: {ACCOUNT: bench.rig.desk},
        lambda kind, text: None,
    )
    bench.rig.do(lambda: bench.rig.desk.risk.throw(switch(Strength.CANCEL, ALICES)))
    keeper.keep(switch(Strength.CANCEL, ALICES))
    bench.file.throw(switch(Strength.PAUSE), START_MS)
    bench.rig.do(keeper.look)
    assert (f"strategy:{ALICE}", Strength.CANCEL) in bench.thrown()
    disk.is_full = False
    bench.rig.do(keeper.look)
    assert len(bench.file.read().switches) == 2


def test_a_switch_too_many_for_the_file_holds_and_is_told_of() -> None:
    bench = Bench()
    for number in range(SWITCHES_MAX):
        coin = Scope(Reach.COIN, f"C{number}")
        bench.file.throw(switch(Strength.PAUSE, coin), START_MS)
    bench.rig.do(lambda: bench.rig.desk.risk.throw(switch(Strength.CANCEL, ALICES)))
    bench.rig.do(lambda: bench.keeper.keep(switch(Strength.CANCEL, ALICES)))
    bench.look()
    assert (f"strategy:{ALICE}", Strength.CANCEL) in bench.thrown()
    assert "switches_max" in bench.said[-1]


def test_a_disk_that_fails_between_two_looks_at_the_file_ends_nothing() -> None:
    bench = Bench()

    class Failing:
        """It reads once."""

        def __init__(self) -> None:
            self.reads = 0

        def __getattr__(self, name: str) -> object:
            return getattr(bench.mount, name)

        def read(self, path: str) -> bytes | None:
            self.reads += 1
            if self.reads % 2 == 0:
                raise OSError("no file can be opened")
            return bench.mount.read(path)

    keeper = SwitchKeeper(
        Failing(),  # type: ignore[arg-type]  # it passes on what it does not do itself
        bench.rig.clock,
        lambda: {ACCOUNT: bench.rig.desk},
        lambda kind, text: bench.said.append(text),
    )
    bench.file.throw(switch(Strength.PAUSE), START_MS)
    bench.rig.do(keeper.look)
    bench.rig.do(keeper.look)
    assert bench.thrown() == [("all", Strength.PAUSE)]


def test_a_file_that_nobody_understands_changes_nothing_and_is_told() -> None:
    bench = Bench()
    bench.file.throw(switch(Strength.CANCEL), START_MS)
    bench.look()
    bench.mount.replace(SWITCHES_PATH, b"{")
    bench.look()
    assert bench.thrown() == [("all", Strength.CANCEL)]
    assert "switches.json" in bench.said[-1]


def test_another_accounts_switch_is_in_the_file_and_not_on_the_desk() -> None:
    bench = Bench()
    other = Scope(Reach.ACCOUNT, "0x" + "22" * 20)
    bench.file.throw(switch(Strength.HALT, other), START_MS)
    bench.file.throw(switch(Strength.PAUSE, Scope(Reach.ACCOUNT, ACCOUNT)), START_MS)
    bench.look()
    assert bench.thrown() == [(f"account:{ACCOUNT}", Strength.PAUSE)]


def halted(bench: Bench) -> str:
    return str(bench.rig.desk.snapshot().halt_reason)


def halt(bench: Bench) -> None:
    """Somebody else signs with the desk's key."""
    bench.rig.placed()
    nonce = bench.rig.streams.posts[-1][1]["nonce"]
    bench.rig.refuse(f"Invalid nonce: nonce too low {nonce} < {nonce + 50_000}")
    assert halted(bench)


def test_a_halted_account_is_resumed_while_the_trader_runs_by_who_has_looked() -> None:
    bench = Bench()
    halt(bench)
    bench.file.lift(Scope(Reach.ACCOUNT, "0x" + "99" * 20), START_MS, by="me")
    bench.file.lift(ALICES, START_MS, by="me")
    bench.file.lift(None, START_MS)
    bench.look()
    assert halted(bench)
    bench.file.lift(Scope(Reach.ACCOUNT, ACCOUNT), START_MS, by="me")
    bench.look()
    assert halted(bench) == ""
    assert bench.said[-1].startswith(f"{ACCOUNT} is resumed by me: another process signs")
    (record,) = [r for r in bench.rig.journal.records if isinstance(r, ResumedRecord)]
    assert record.by == "me"


def test_who_resumed_before_the_start_does_not_end_a_later_halt() -> None:
    first = Bench()
    first.file.lift(None, START_MS, by="me")
    second = Bench(first.disk)
    halt(second)
    second.rig.do(second.keeper.open)
    second.file.throw(switch(Strength.PAUSE, ALICES), START_MS)
    second.look()
    assert halted(second)


def test_who_resumes_is_answered_which_paused_strategies_run_again() -> None:
    bench = Bench()
    bench.look()
    bench.faults[ALICES] = {ALICE: ""}
    bench.faults[EVERYTHING] = {ALICE: "", StrategyId("bob"): "could not start"}
    answers = ResumeAnswers(bench.mount)
    bench.file.throw(switch(Strength.PAUSE), START_MS)
    bench.look()
    assert answers.of(1) is None, "nobody resumed"
    bench.file.lift(ALICES, START_MS, by="ann")
    bench.file.lift(None, START_MS, by="ann")
    bench.look()
    assert answers.of(2) == ResumeAnswer(2, started=(ALICE,))
    assert answers.of(3) == ResumeAnswer(
        3, started=(ALICE,), failed={StrategyId("bob"): "could not start"}
    )
