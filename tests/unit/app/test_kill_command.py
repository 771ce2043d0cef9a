"""`hive kill` and `hive resume` where nobody runs: the switch holds, and the exit code says so."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from hive.app.beat_files import BeatFiles
from hive.app.kill_command import EXIT_NOT_RUNNING, Plea, kill, resume
from hive.app.resume_run import halt_of
from hive.app.wiring import journal_folder
from hive.domain.errors import ConfigRefused
from hive.domain.identifiers import DESK, Address, StrategyId
from hive.guardian.beats import Beat
from hive.runtime.disk_live import LiveDisk
from hive.runtime.rng import SeededRng
from hive.storage.journal import Journal
from hive.storage.records import HaltedRecord
from hive.storage.registry import Registry
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
    asyncio.run(kill(plea(tmp_path, "coin:BTC"), "pause", "a test"))
    asyncio.run(kill(plea(tmp_path, "strategy:a"), "pause", "a test"))
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
