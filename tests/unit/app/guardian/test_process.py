"""A guardian that came with a trader goes with it, and not with the one before."""

from __future__ import annotations

from pathlib import Path

from hive.app.guardian.process import Company
from hive.app.processes.beat_files import BeatFiles
from hive.guardian.beats import Beat
from hive.runtime.clock import SystemClock


def test_the_last_beat_of_an_earlier_trader_ends_no_guardian(tmp_path: Path) -> None:
    beats = BeatFiles(tmp_path)
    beats.write_trader(Beat(pid=1, number=70, state="stopped"))
    company = Company(beats, SystemClock())
    assert not company.is_gone()
    beats.write_trader(Beat(pid=2, number=70, state="trading"))
    assert not company.is_gone()
    beats.write_trader(Beat(pid=2, number=71, state="stopped"))
    assert company.is_gone()
    beats.close()
