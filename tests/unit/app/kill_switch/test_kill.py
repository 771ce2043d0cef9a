"""`hive kill` and `hive resume` where nobody runs: the switch holds, and the exit code says so."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hive.app.cli import app
from hive.app.exit_codes import EXIT_FAILED, EXIT_NOT_RUNNING, EXIT_TIMEOUT
from hive.app.kill_switch.kill import Plea, kill
from hive.app.kill_switch.resume import resume
from hive.app.kill_switch.resume_journals import halt_of
from hive.app.processes.beat_files import BeatFiles
from hive.app.processes.run_folder import journal_folder
from hive.domain.errors import ConfigRefused
from hive.domain.identifiers import DESK, Address, StrategyId
from hive.domain.switches import Strength, Switch, parse_scope
from hive.guardian.beats import Beat
from hive.runtime.disk_live import LiveDisk
from hive.runtime.rng import SeededRng
from hive.storage.journal import Journal
from hive.storage.records import HaltedRecord
from hive.storage.registry import Registry
from hive.storage.resume_answers import ResumeAnswer, ResumeAnswers
from hive.storage.switch_file import SwitchFile

ACCOUNT = Address("0x" + "ab" * 20)
FILE = """\
account: {key_file: agent.key}
strategies:
  - id: m
    use: hive.strategies.maker
    coin: BTC
"""


def plea(folder: Path, scope: str = "all", *, is_json: bool = False) -> Plea:
    return Plea(config=None, state=folder, scope=scope, is_json=is_json)


def test_a_switch_is_written_although_nobody_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = asyncio.run(kill(plea(tmp_path, is_json=True), "halt", "a test"))
    assert code == EXIT_NOT_RUNNING
    said = json.loads(capsys.readouterr().out)
    assert said["switches"] == [{"scope": "all", "strength": "halt", "reason": "a test"}]
    assert SwitchFile(LiveDisk(tmp_path)).read().switches[0].reason == "a test"


def test_resume_lifts_one_or_all(tmp_path: Path) -> None:
    throw(tmp_path, "coin:BTC", "strategy:a")
    assert asyncio.run(resume(plea(tmp_path, "coin:BTC"), "me")) == 0
    assert [str(each.scope) for each in SwitchFile(LiveDisk(tmp_path)).read().switches] == [
        "strategy:a"
    ]
    asyncio.run(resume(plea(tmp_path), "me"))
    assert not SwitchFile(LiveDisk(tmp_path)).read().switches


def halted(folder: Path) -> LiveDisk:
    disk = LiveDisk(folder)
    journal = Journal(disk, journal_folder(ACCOUNT))
    journal.append(HaltedRecord("BTC: 1 here, 2 there", 7))
    journal.close()
    return disk


def test_what_is_said_to_a_program_is_one_object(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    disk = halted(tmp_path)
    assert asyncio.run(resume(plea(tmp_path, is_json=True), "ada")) == 0
    assert halt_of(disk, ACCOUNT) == ""
    told = capsys.readouterr()
    assert json.loads(told.out)["switches"] == []
    assert told.err == f"{ACCOUNT}: resumed; BTC: 1 here, 2 there\n"


def test_a_guardian_that_obeys_does_not_stand_for_a_trader_that_resumes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It holds no journal: where no trader runs, who resumes is written there at once."""
    disk = halted(tmp_path)

    async def guard() -> None:
        beats, switches = BeatFiles(tmp_path), SwitchFile(disk)
        for number in range(1_000):
            obeyed = switches.read().sequence
            beats.write_guardian(Beat(pid=1, number=number, state="watching", obeyed=obeyed))
            await asyncio.sleep(0.01)

    async def scene() -> int:
        guardian = asyncio.get_running_loop().create_task(guard())
        code = await resume(plea(tmp_path), "ada")
        guardian.cancel()
        return code

    assert asyncio.run(scene()) == 0
    assert "obeyed by the guardian" in capsys.readouterr().out
    assert halt_of(disk, ACCOUNT) == ""


def throw(folder: Path, *scopes: str) -> None:
    """As `hive kill` does, without waiting for somebody who obeys."""
    for scope in scopes:
        switch = Switch(
            scope=parse_scope(scope), strength=Strength.PAUSE, reason="a test", thrown_ms=1
        )
        SwitchFile(LiveDisk(folder)).throw(switch, 1)


def resumed_while(
    folder: Path, scope: str, answer: Callable[[int], ResumeAnswer], *, is_json: bool = False
) -> int:
    """Resume while a trader beats that obeys at once and answers so."""
    disk = LiveDisk(folder)
    before = SwitchFile(disk).read().sequence

    async def trade() -> None:
        beats, switches, answers = BeatFiles(folder), SwitchFile(disk), ResumeAnswers(disk)
        obeyed = before
        for number in range(1_000):
            sequence = switches.read().sequence
            if sequence > obeyed:
                answers.add([answer(sequence)])
                obeyed = sequence
            beats.write_trader(Beat(pid=1, number=number, state="trading", obeyed=obeyed))
            await asyncio.sleep(0.01)

    async def scene() -> int:
        trader = asyncio.get_running_loop().create_task(trade())
        try:
            return await resume(plea(folder, scope, is_json=is_json), "ada")
        finally:
            trader.cancel()

    return asyncio.run(scene())


def test_strategies_that_run_again_and_that_failed_again_are_told_with_the_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def answer(sequence: int) -> ResumeAnswer:
        why = "could not start: on_start: KeyError('x')"
        names = (StrategyId("a"),)
        return ResumeAnswer(sequence, started=names, failed={StrategyId("b"): why})

    throw(tmp_path, "coin:BTC")
    assert resumed_while(tmp_path, "all", answer) == EXIT_FAILED
    told, *rest = capsys.readouterr().out.splitlines()
    assert told.startswith("all: lifted coin:BTC; obeyed by the trader after")
    assert rest == [
        "a is started again",
        "b is paused again: could not start: on_start: KeyError('x')",
    ]
    resumed_while(tmp_path, "strategy:b", answer, is_json=True)
    said = json.loads(capsys.readouterr().out)
    assert (said["lifted"], said["started"], list(said["failed_again"])) == ([], ["a"], ["b"])


def test_resuming_what_was_not_stopped_is_a_mistake_and_names_what_is(tmp_path: Path) -> None:
    throw(tmp_path, "strategy:mm-BTC")
    for scope, told in (
        ("coin:XX", "coin:XX was not thrown"),
        ("strategy:mm-ETH", "strategy:mm-ETH was not thrown, and is not paused"),
    ):
        with pytest.raises(ConfigRefused) as caught:
            asyncio.run(resume(plea(tmp_path, scope), "ada"))
        assert str(caught.value) == told
        assert caught.value.hint == "thrown are: strategy:mm-BTC"
    with pytest.raises(ConfigRefused, match="and is not paused"):
        resumed_while(tmp_path, "strategy:mm-ETH", ResumeAnswer)
    SwitchFile(LiveDisk(tmp_path)).lift(None, 1)
    assert asyncio.run(resume(plea(tmp_path), "ada")) == 0, "that nothing is thrown is as wanted"


def test_who_resumes_is_not_answered_by_a_guardian_in_place_of_a_trader(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Here it obeys, and the trader holds the folder and hangs: who is paused nobody knows."""
    registry = Registry.open(LiveDisk(tmp_path), SeededRng(1))

    async def guard() -> None:
        beats = BeatFiles(tmp_path)
        for number in range(1_000):
            beats.write_guardian(Beat(pid=1, number=number, state="watching", obeyed=99))
            await asyncio.sleep(0.01)

    async def scene() -> int:
        guardian = asyncio.get_running_loop().create_task(guard())
        try:
            return await resume(plea(tmp_path, "strategy:b"), "ada")
        finally:
            guardian.cancel()

    try:
        assert asyncio.run(scene()) == EXIT_TIMEOUT
    finally:
        registry.close()
    assert f"process {os.getpid()} holds the folder" in capsys.readouterr().out


def test_what_goes_on_being_thrown_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    throw(tmp_path, "all", "coin:BTC")
    asyncio.run(resume(plea(tmp_path, "coin:BTC"), "ada"))
    assert capsys.readouterr().out.endswith("still thrown: all\n")


def test_a_process_that_holds_the_folder_and_is_silent_is_no_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    registry = Registry.open(LiveDisk(tmp_path), SeededRng(1))
    try:
        assert asyncio.run(kill(plea(tmp_path), "cancel", "")) == EXIT_TIMEOUT
    finally:
        registry.close()
    told = capsys.readouterr().out
    pid = os.getpid()
    assert f"process {pid} holds the folder and does not answer; its orders may be open" in told
    assert f"kill -9 {pid}" in told


def test_a_switch_can_be_thrown_for_a_run_that_starts_tomorrow(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "hive.yml"
    config.write_text(FILE.replace("account:", "runtime: {state_dir: new}\naccount:"))
    (tmp_path / "agent.key").write_text("17" * 32)
    (tmp_path / "agent.key").chmod(0o600)
    asked = Plea(config=config, state=None, scope="strategy:m", is_json=False)
    with pytest.raises(ConfigRefused, match="nothing has ever run"):
        asyncio.run(resume(asked, "ada"))
    wrong = Plea(config=config, state=None, scope="strategy:n", is_json=False)
    with pytest.raises(ConfigRefused, match=r"nothing was stopped, no strategy .* in the file"):
        asyncio.run(kill(wrong, "cancel", ""))
    assert asyncio.run(kill(asked, "cancel", "")) == EXIT_NOT_RUNNING
    assert "nothing has ever run here; it holds from the first start" in capsys.readouterr().out
    assert len(SwitchFile(LiveDisk(tmp_path / "new")).read().switches) == 1


def test_without_a_file_the_run_in_var_is_meant_and_named() -> None:
    assert Plea(config=None, state=None, scope="all", is_json=False).where() == " in ./var"
    for command in ("kill", "resume"):
        told = CliRunner().invoke(app, [command, "--help"]).output
        assert "the run in ./var" in " ".join(told.replace("│", " ").split())


def test_the_folder_is_the_files_own(tmp_path: Path) -> None:
    (tmp_path / "hive.yml").write_text("runtime: {state_dir: here}\nstrategies: 7\n")
    (tmp_path / "here").mkdir()
    asked = Plea(config=tmp_path / "hive.yml", state=None, scope="all", is_json=False)
    assert asked.folder() == tmp_path / "here"


def test_a_name_that_never_ran_here_is_refused_for_it_would_stop_nobody(tmp_path: Path) -> None:
    registry = Registry.open(LiveDisk(tmp_path), SeededRng(1))
    registry.strategy_index(DESK)
    registry.strategy_index(StrategyId("maker"))
    registry.close()
    with pytest.raises(ConfigRefused, match="nothing was stopped") as caught:
        asyncio.run(kill(plea(tmp_path, "strategy:makr"), "halt", ""))
    assert caught.value.hint == "those that have: maker"
    assert SwitchFile(LiveDisk(tmp_path)).read().sequence == 0
    assert asyncio.run(kill(plea(tmp_path, "strategy:maker"), "halt", "")) == EXIT_NOT_RUNNING


def test_what_makes_no_sense_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigRefused, match="none of pause, cancel, flatten, halt"):
        asyncio.run(kill(plea(tmp_path), "stop", ""))
    with pytest.raises(ConfigRefused, match="is no scope"):
        asyncio.run(kill(plea(tmp_path, "nobody"), "halt", ""))
    with pytest.raises(ConfigRefused, match="no folder"):
        asyncio.run(kill(plea(tmp_path / "gone"), "halt", ""))
    assert not list(tmp_path.iterdir())


def test_a_coin_that_no_strategy_is_set_to_is_stopped_and_told_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "hive.yml"
    config.write_text(FILE)
    key = tmp_path / "agent.key"
    key.write_text("17" * 32)
    key.chmod(0o600)
    (tmp_path / "var").mkdir()
    for coin in ("BTC", "btc"):
        asked = Plea(config=config, state=tmp_path / "var", scope=f"coin:{coin}", is_json=False)
        assert asyncio.run(kill(asked, "pause", "")) == EXIT_NOT_RUNNING
    assert capsys.readouterr().err == (
        "coin:btc is thrown, but no strategy here is set to that coin; to: BTC\n"
    )
    assert len(SwitchFile(LiveDisk(tmp_path / "var")).read().switches) == 2
