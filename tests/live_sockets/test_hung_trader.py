"""A handler that never returns: who watches says which, and nothing hangs for ever."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.live_sockets.command_rig import HIVE, WAIT_S_MAX, config_in, hive, venue

from hive.app.exit_codes import EXIT_FAILED, EXIT_TIMEOUT
from hive.app.kill_switch.obedience import holder_of
from hive.app.processes.beat_files import BeatFiles
from hive.app.processes.parent_end import STILL_LOOKS_MAX

pytestmark = pytest.mark.full

HANGING = """
from pathlib import Path
from hive import Bbo, Context, Params, Strategy, TimeInForce

class Hanging(Strategy[Params]):
    def on_start(self, ctx: Context) -> None:
        ctx.watch_bbo("ETH")

    def on_bbo(self, ctx: Context, bbo: Bbo) -> None:
        if bbo.bid and not ctx.open_orders():
            ctx.buy("ETH", 100 / bbo.bid.px, bbo.bid.px * 0.9, tif=TimeInForce.ALO)
        while (Path(__file__).parent / "hang").exists():
            pass
"""


class Run:
    """`hive run` on a strategy that hangs while a file says so."""

    def __init__(self, folder: Path, path: Path, process: subprocess.Popen[str]) -> None:
        self.folder = folder
        self.path = path
        self.process = process
        assert process.stdout is not None
        self._lines = iter(process.stdout)
        self.until("signed actions [1-9]")
        beat = BeatFiles(folder / "var").trader()
        assert beat is not None
        self.trader = beat.pid

    def until(self, pattern: str) -> str:
        """The next line that it says of that kind."""
        return next(line for line in self._lines if re.search(pattern, line))

    def hang(self) -> None:
        (self.folder / "hang").touch()


@contextmanager
def running(folder: Path) -> Iterator[Run]:
    with venue() as (url, _):
        path = config_in(folder, url, "Hanging")
        (folder / "mine.py").write_text(HANGING)
        with subprocess.Popen([*HIVE, "run", str(path)], stdout=-1, stderr=-1, text=True) as run:
            try:
                yield Run(folder, path, run)
            finally:
                (folder / "hang").unlink(missing_ok=True)
                run.kill()


def test_the_strategy_is_named_and_the_second_ctrl_c_ends_it(tmp_path: Path) -> None:
    with running(tmp_path) as run:
        run.hang()
        named = r"strategy Hanging does not return from on_bbo \(.*mine\.py:\d+\)"
        run.until("has not answered for . s: " + named)
        stopped = hive("kill", run.path)
        assert stopped.returncode == EXIT_TIMEOUT
        assert f"process {run.trader} holds the folder and does not answer" in stopped.stdout
        run.process.send_signal(signal.SIGINT)
        run.until("does not answer, so nothing is cancelled .* Ctrl-C again ends it")
        run.process.send_signal(signal.SIGINT)
        _, complained = run.process.communicate(timeout=WAIT_S_MAX)
        assert run.process.returncode == EXIT_FAILED
        assert re.search(f"was ended: {named}; its orders may be open", complained)
        assert holder_of(tmp_path / "var") == ""


@pytest.mark.parametrize("how", ["it answers", "it hangs"])
def test_whose_parent_was_killed_ends_too(tmp_path: Path, how: str) -> None:
    with running(tmp_path) as run:
        if how == "it hangs":
            run.hang()
        run.process.kill()
        run.process.wait()
        tries = 0
        while holder_of(tmp_path / "var"):
            tries += 1
            assert tries <= STILL_LOOKS_MAX, "each try waits for a second and more"
            hive("kill", run.path, "--strength", "pause")
        log = (tmp_path / "var" / "hive.jsonl").read_text().splitlines()
        last = json.loads(log[-1])["text"]
        expected = "the parent is gone" if how == "it hangs" else "Hanging: stopped"
        assert last.startswith(expected)
