"""Resuming a halted account: offline, written down, and not while the trader runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from hive.app.kill_switch.resume_journals import halt_of, resume_run
from hive.app.processes.run_folder import journal_folder
from hive.domain.errors import Busy, ConfigRefused
from hive.domain.identifiers import Address
from hive.runtime.disk_live import LiveDisk
from hive.runtime.rng import SystemRng
from hive.storage.journal import Journal
from hive.storage.records import HaltedRecord
from hive.storage.registry import Registry

ACCOUNT = Address("0x" + "ab" * 20)


def halted(folder: Path) -> LiveDisk:
    disk = LiveDisk(folder / "state")
    journal = Journal(disk, journal_folder(ACCOUNT))
    journal.append(HaltedRecord("BTC: 1 here, 2 there", 7))
    journal.close()
    return disk


def test_a_halted_account_is_resumed_and_the_reason_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    disk = halted(tmp_path)
    assert resume_run(tmp_path / "state", "ada") == (ACCOUNT,)
    assert "BTC: 1 here, 2 there" in capsys.readouterr().out
    assert halt_of(disk, ACCOUNT) == ""
    resume_run(tmp_path / "state", "ada")
    assert "not halted" in capsys.readouterr().out


def test_a_running_trader_is_not_interfered_with(tmp_path: Path) -> None:
    disk = halted(tmp_path)
    registry = Registry.open(disk, SystemRng())
    with pytest.raises(Busy):
        resume_run(tmp_path / "state", "ada")
    registry.close()
    assert halt_of(disk, ACCOUNT)


def test_a_folder_without_a_journal_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigRefused, match="no journal"):
        resume_run(tmp_path / "state", "ada")
