"""The trading process: a runtime from a file, its page, and a line about itself every second.

It never draws. Its parent may be gone any moment: then it stops as if told to.
"""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from traceback import format_exception
from typing import Any, Final

from hive.app.config.load import HiveConfig, load_config
from hive.app.exit_codes import EXIT_FAILED, StoppedEarly, exit_code_of
from hive.app.guardian.child import GuardianChild
from hive.app.notes.desks import DeskNotes
from hive.app.notes.links import LinkNotes
from hive.app.notes.market_data import MarketNotes
from hive.app.notes.notices import Notices
from hive.app.notes.rolling_log import RollingLog
from hive.app.page.server import PageServer
from hive.app.processes.beat_files import BeatFiles
from hive.app.processes.parent_end import ParentEnd
from hive.app.processes.parent_line import ParentLine, print_into
from hive.app.processes.run_folder import LOG, PRINTED
from hive.app.processes.stuck_call import StuckTeller
from hive.app.processes.trader_messages import Failed, Ready, Status, Stopped, Waiting
from hive.app.trader.heart import Heart
from hive.app.trader.start_words import StartWords
from hive.app.view.loop_lag import LoopLag
from hive.app.view.runtime_view import RuntimeView
from hive.app.wiring.listing import VENUE_HINT
from hive.app.wiring.plan import plan_of
from hive.app.wiring.runtime import Runtime, Seams
from hive.domain.errors import HiveError, LinkError, OperatorError
from hive.domain.identifiers import StrategyId
from hive.runtime.bus import Bus
from hive.runtime.clock import SystemClock
from hive.runtime.disk_live import LiveDisk
from hive.runtime.net_live import LiveNet
from hive.runtime.rng import SystemRng

STATUS_EVERY_S: Final = 1.0
FRAMES_PER_STATUS: Final = 4
"""Snapshots made between two lines while somebody looks at the page."""
SNAPSHOTS: Final = "runtime.snapshots"


class Unexpected(HiveError):
    """Nobody raised this on purpose."""


class NothingRuns(OperatorError):
    """Not one strategy could start."""


async def run_trader(path: Path, *, remark: str = "") -> int:
    """Trade until SIGINT, SIGTERM or the parent's end; 0 when every order's end is known.

    `remark` is for those who look at the run.
    """
    line = ParentLine.instead_of_stdout()
    try:
        stopped = await _trade(path, line, remark)
    except LinkError as error:
        return _failed(line, error, error.hint or VENUE_HINT)
    except HiveError as error:
        return _failed(line, error, error.hint)
    except OSError as error:
        return _failed(line, error, "Hive writes into the folder runtime.state_dir")
    line.finish(stopped)
    return EXIT_FAILED if stopped.orders_uncertain else 0


def _failed(line: ParentLine, error: HiveError | OSError, hint: str) -> int:
    code = exit_code_of(error) if isinstance(error, HiveError) else EXIT_FAILED
    line.finish(Failed(message=str(error), hint=hint, exit_code=code))
    return code


async def _trade(path: Path, line: ParentLine, remark: str) -> Stopped:
    """What the parent is told is a line; the log keeps the stack of what nobody expected."""
    config = load_config(path)
    state = Path(config.runtime.state_dir)
    notices = Notices(SystemClock(), RollingLog(state, LOG))
    print_into(state / PRINTED)
    try:
        return await _Trader(config, path, notices, line, remark=remark).run()
    except HiveError:
        raise
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        notices.say("error", told, stack=format_exception(error))
        raise Unexpected(told, hint=f"{state / LOG} has the stack") from error


class _Trader:
    """One run, from the first connection to the last cancel."""

    def __init__(
        self, config: HiveConfig, path: Path, notices: Notices, line: ParentLine, *, remark: str
    ) -> None:
        clock, rng = SystemClock(), SystemRng()
        disk = LiveDisk(Path(config.runtime.state_dir))
        self._notices = notices
        self._line = line
        self._seams = Seams(clock=clock, net=LiveNet(), disk=disk, rng=rng)
        self._config = config
        self._runtime = Runtime(plan_of(config), self._seams, self._notices)
        state = Path(config.runtime.state_dir)
        beats = BeatFiles(state)
        self._heart = Heart(self._runtime, beats, clock)
        self._stuck = StuckTeller(state, _names(self._runtime))
        self._parent_end = ParentEnd(lambda: self._heart.number, self._say_orphaned)
        self._guardian: GuardianChild | None = None
        if config.guardian is not None:
            self._guardian = GuardianChild(path, state, beats, clock, notices)
            self._runtime.leash = self._heart.why_hold
        self._lag = LoopLag(clock)
        self._links = LinkNotes(notices)
        self._desk_notes = DeskNotes(notices)
        self._market_notes = MarketNotes(notices)
        self._view = RuntimeView(self._runtime, clock, self._notices, self._lag, remark=remark)
        self._page = PageServer(self._runtime.tasks, self._view.history)
        self._bus = Bus(self._show_failed)
        self._bus.subscribe(SNAPSHOTS, self._page.show)
        self._stop = asyncio.Event()
        self._starting: asyncio.Task[Any] | None = None

    async def run(self) -> Stopped:
        """Trade until told to stop.

        Raises:
            OperatorError, LinkError, VenueError: it could not start.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._ask_to_stop)
        self._stuck.listen()
        self._parent_end.listen()
        try:
            page_url = await self._open_page()  # a busy port is told before anything is traded
            if self._guardian is not None and self._config.guardian is not None:
                await self._guardian.stand(start=self._config.guardian.start)
            self._heart.start()
            await self._start()
            self._lag.start()
            self._line.say(Ready(account=self._view.account, page_url=page_url))
            await self._show_until_stopped()
            self._view.before_stop()
        finally:
            uncertain = await self._runtime.stop()
            self._heart.stop()
            await self._page.aclose()
            await self._seams.net.aclose()
        self._lag.stop()
        return self._view.stopped(uncertain)

    async def _start(self) -> None:
        """Start the runtime, unless somebody asks to stop meanwhile: then give up at once.

        Raises:
            StoppedEarly: somebody did.
            NothingRuns: no strategy is left that could trade.
        """
        self._starting = asyncio.current_task()
        words = StartWords(self._runtime.waits_for, lambda text: self._line.say(Waiting(text=text)))
        words.begin()
        try:
            await self._runtime.start()
            self._see_that_one_runs()
        except asyncio.CancelledError:
            if self._starting is None or not self._stop.is_set():
                raise
            self._starting.uncancel()
            raise StoppedEarly from None
        finally:
            words.end()
            self._starting = None

    def _see_that_one_runs(self) -> None:
        host = self._runtime.host
        reason = None if host is None else host.why_none_runs()
        if reason is not None:
            log = Path(self._config.runtime.state_dir) / LOG
            raise NothingRuns(f"no strategy runs; {reason}", hint=f"{log} has every one's reason")

    def _say_orphaned(self) -> None:
        self._notices.say("error", "the parent is gone and a strategy does not return: ended")

    def _ask_to_stop(self) -> None:
        is_first = not self._stop.is_set()
        self._stop.set()
        if is_first and self._starting is not None:
            self._starting.cancel()

    async def _open_page(self) -> str:
        dashboard = self._config.monitoring.dashboard
        return await self._page.start(dashboard.host, dashboard.port) if dashboard.enabled else ""

    async def _show_until_stopped(self) -> None:
        parent = os.getppid()
        turn = 0
        while not self._stop.is_set() and os.getppid() == parent:
            is_status = turn % FRAMES_PER_STATUS == 0
            if is_status:
                if self._guardian is not None:
                    self._guardian.look()
                self._view.sample()
                self._links.look(self._runtime.pool.snapshot(), self._runtime.pool.bad_frames())
                if self._runtime.market_data is not None:
                    self._market_notes.look(self._runtime.market_data.snapshot())
                for desk in self._runtime.desks.values():
                    self._desk_notes.look(desk.snapshot())
            if is_status or self._page.has_viewers:
                snapshot = self._view.snapshot()
                self._bus.publish(SNAPSHOTS, snapshot)
                if is_status:
                    self._line.say(Status(snapshot=snapshot))
            turn += 1
            await asyncio.sleep(STATUS_EVERY_S / FRAMES_PER_STATUS)

    def _show_failed(self, topic: str, error: Exception) -> None:
        self._notices.say("error", f"{topic}: {type(error).__name__}: {error}")


def _names(runtime: Runtime) -> dict[int, StrategyId]:
    """What each strategy is called, by its `id`."""
    return {
        id(each.strategy): each.strategy_id
        for account in runtime.plan.accounts
        for each in account.strategies
    }
