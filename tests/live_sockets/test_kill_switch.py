"""Everything can be stopped within a second of the venue's time, also where the trader hangs."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest
from tests.live_sockets.kill_rig import ORDERS, running

BAR_MS = 1_000

pytestmark = pytest.mark.full


def told(since: str, took_ms: int) -> None:
    """Print the figure, and hold it to the bar."""
    sys.stdout.write(f"everything cancelled {took_ms} ms after {since}, by the venue's time\n")
    assert took_ms <= BAR_MS


@pytest.mark.parametrize("how", ["asleep", "busy"])
def test_with_the_loop_stuck_a_kill_cancels_everything(tmp_path: Path, how: str) -> None:
    with running(tmp_path, nap_s=0.02 if how == "asleep" else 0.0) as rig:
        rig.flag.touch()
        before = rig.beats.trader()
        rig.wait(lambda: rig.beats.trader() == before or rig.flag.exists())
        code, said = rig.hive("kill", "--json")
        assert (code, said["obeyed_by"]) == (0, "guardian")
        assert rig.open_orders() == []
        canceled_ms = rig.canceled_ms()
        assert len(canceled_ms) == ORDERS
        told(f"the kill, the loop {how}", max(canceled_ms) - rig.thrown_ms())
        rig.flag.unlink()
        rig.wait(lambda: (beat := rig.beats.trader()) is not None and beat.obeyed >= 1)
        assert rig.open_orders() == [], "what the handler asked for meanwhile was not sent"


def test_a_frozen_process_is_found_out_and_all_but_its_stop_is_cancelled(tmp_path: Path) -> None:
    with running(tmp_path, silence_ms=500, position_usd=500, has_stop="true") as rig:
        rig.wait(lambda: len(rig.open_orders()) == ORDERS + 1)
        rig.send(signal.SIGSTOP)
        frozen_ms = rig.venue_ms()
        rig.wait(lambda: len(rig.open_orders()) == 1)
        canceled_ms = rig.canceled_ms()
        assert len(canceled_ms) == ORDERS
        told("the process froze", max(canceled_ms) - frozen_ms)
        assert rig.triggers() == 1, "the stop stays with its position"
        rig.send(signal.SIGCONT)
        rig.wait(lambda: len(rig.open_orders()) == ORDERS + 1)


def test_a_killed_process_leaves_no_orders_behind(tmp_path: Path) -> None:
    with running(tmp_path, silence_ms=500) as rig:
        rig.send(signal.SIGKILL)
        killed_ms = rig.venue_ms()
        rig.wait(lambda: rig.open_orders() == [])
        told("the process was killed", max(rig.canceled_ms()) - killed_ms)


def test_a_flatten_while_frozen_closes_and_the_trader_knows_whose_it_was(tmp_path: Path) -> None:
    with running(tmp_path, position_usd=500) as rig:
        rig.wait(lambda: rig.position() > 0)
        rig.send(signal.SIGSTOP)
        code, said = rig.hive("kill", "--json", "--strength", "flatten")
        assert (code, said["obeyed_by"]) == (0, "guardian")
        assert rig.position() == 0
        assert rig.open_orders() == []
        rig.send(signal.SIGCONT)
        rig.wait(lambda: (beat := rig.beats.trader()) is not None and beat.obeyed >= 1)
        rig.end()
        compared, found = rig.hive("compare")
        assert compared == 0, found


def test_a_trader_that_is_well_obeys_by_itself_and_trades_again(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        code, said = rig.hive("kill", "--json", "--scope", "strategy:sticky")
        assert (code, said["obeyed_by"]) == (0, "trader")
        rig.wait(lambda: rig.open_orders() == [])
        told("the kill, the loop well", max(rig.canceled_ms()) - rig.thrown_ms())
        assert rig.hive("resume", "--json")[0] == 0
        rig.wait(lambda: len(rig.open_orders()) == ORDERS)


def test_a_halt_outlives_the_process(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        assert rig.hive("kill", "--json", "--strength", "halt")[0] == 0
        rig.wait(lambda: rig.open_orders() == [])
        rig.end()
        code, said = rig.hive("kill", "--json", "--strength", "pause")
        assert code == 4, "nobody is running"
        assert said["switches"][0]["strength"] == "halt"
