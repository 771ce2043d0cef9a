"""A guardian that is gone is missed, and started again as far as the machine lets it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hive.app.guardian.child import COMPLAINTS, SILENT_MS, GuardianChild, GuardianMissing
from hive.app.notes.notices import Notices
from hive.app.processes.beat_files import BeatFiles
from hive.simulation.clock import VirtualClock
from hive.simulation.virtual_time import NS_PER_MS, Kernel


def test_one_that_cannot_be_started_again_is_told_of_and_trading_goes_on(tmp_path: Path) -> None:
    kernel = Kernel()
    clock = VirtualClock(kernel, 1_790_000_000_000)
    notices = Notices(clock)
    child = GuardianChild(tmp_path / "no.yml", tmp_path, BeatFiles(tmp_path), clock, notices)
    with pytest.raises(GuardianMissing, match=r"does not stand: [^h].*no\.yml"):
        asyncio.run(child.stand(start=True))
    (tmp_path / COMPLAINTS).unlink()
    (tmp_path / COMPLAINTS).mkdir()  # as a disk that takes no files refuses one
    kernel.run(until_ns=2 * SILENT_MS * NS_PER_MS)
    child.look()
    told = [line.text for line in notices.newest(10)]
    assert told[0].startswith("the guardian is silent")
    assert "cannot be started" in told[1]
