"""The file of switches: the same for whoever reads it, and never half."""

from __future__ import annotations

from pathlib import Path

import pytest

from hive.domain.errors import Busy, Damaged, DiskFailed
from hive.domain.switches import EVERYTHING, Reach, Scope, Strength, Switch
from hive.runtime.disk_live import LiveDisk
from hive.storage.switch_file import LOCK_PATH, NOTHING_THROWN, SWITCHES_PATH, SwitchFile

NOW = 1_800_000_000_000
BTC = Scope(Reach.COIN, "BTC")


def switch(strength: Strength, scope: Scope = EVERYTHING, until_ms: int | None = None) -> Switch:
    return Switch(scope=scope, strength=strength, reason="a test", thrown_ms=NOW, until_ms=until_ms)


def test_without_a_file_nothing_is_thrown(tmp_path: Path) -> None:
    assert SwitchFile(LiveDisk(tmp_path)).read() == NOTHING_THROWN


def test_another_process_reads_what_was_thrown(tmp_path: Path) -> None:
    SwitchFile(LiveDisk(tmp_path)).throw(switch(Strength.HALT), NOW)
    thrown = SwitchFile(LiveDisk(tmp_path)).read()
    assert thrown.switches == (switch(Strength.HALT),)
    assert thrown.sequence == 1


def test_each_scope_keeps_its_strictest_until_it_is_lifted(tmp_path: Path) -> None:
    file = SwitchFile(LiveDisk(tmp_path))
    file.throw(switch(Strength.CANCEL), NOW)
    file.throw(switch(Strength.PAUSE), NOW)
    file.throw(switch(Strength.FLATTEN, BTC), NOW)
    assert [each.strength for each in file.read().switches] == [Strength.CANCEL, Strength.FLATTEN]
    assert file.lift(BTC, NOW).switches == (switch(Strength.CANCEL),)
    assert file.lift(None, NOW).switches == ()
    assert file.read().sequence == 5, "every change is told from the one before"


def test_what_is_over_is_not_in_force_and_goes_with_the_next_change(tmp_path: Path) -> None:
    file = SwitchFile(LiveDisk(tmp_path))
    thrown = file.throw(switch(Strength.CANCEL, until_ms=NOW + 1), NOW)
    assert thrown.in_force(NOW)
    assert not thrown.in_force(NOW + 1)
    assert len(file.throw(switch(Strength.PAUSE, BTC), NOW + 1).switches) == 1


def test_two_do_not_change_it_at_once(tmp_path: Path) -> None:
    disk = LiveDisk(tmp_path)
    lock = disk.lock(LOCK_PATH)
    with pytest.raises(Busy):
        SwitchFile(LiveDisk(tmp_path)).throw(switch(Strength.HALT), NOW)
    lock.release()
    SwitchFile(LiveDisk(tmp_path)).throw(switch(Strength.HALT), NOW)


def test_a_folder_that_takes_no_files_is_a_disk_that_failed(tmp_path: Path) -> None:
    (tmp_path / LOCK_PATH).mkdir()
    with pytest.raises(DiskFailed, match="cannot be written"):
        SwitchFile(LiveDisk(tmp_path)).throw(switch(Strength.HALT), NOW)


@pytest.mark.parametrize("text", [b"", b"{", b'{"version": 9}', b'{"switches": [1]}'])
def test_what_cannot_be_understood_is_told_and_not_taken_for_nothing(
    tmp_path: Path, text: bytes
) -> None:
    disk = LiveDisk(tmp_path)
    disk.replace(SWITCHES_PATH, text)
    with pytest.raises(Damaged):
        SwitchFile(disk).read()
