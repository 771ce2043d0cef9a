"""Keeps the venue's dead man's switch put off while this process lives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hive.domain.orders import Accepted, Rejected
from hive.execution.desk.parts import DeskParts
from hive.execution.desk.ports import DeskPorts
from hive.execution.desk.settings import DeskSettings
from hive.execution.desk.wakeup import Wakeup
from hive.execution.ports import TaskHandlePort
from hive.execution.risk_controls.dead_man import DeadMan, Setting
from hive.execution.risk_controls.setting_changes import SettingChanges
from hive.execution.sending.batching import schedule_batch

LOOK_EVERY_MS: Final = 500
NS_BY_MS: Final = 1_000_000


def dead_man_care(
    settings: DeskSettings,
    ports: DeskPorts,
    parts: DeskParts,
    changes: SettingChanges,
    alarm: Callable[[str], None],
) -> DeadManCare:
    """The one of a desk."""
    name = f"desk {settings.account}"
    return DeadManCare(name, settings.dead_man_ms, ports, parts, changes, alarm=alarm)


class DeadManCare:
    """One desk's; without `ahead_ms` it does nothing."""

    def __init__(
        self,
        name: str,
        ahead_ms: int | None,
        ports: DeskPorts,
        parts: DeskParts,
        changes: SettingChanges,
        *,
        alarm: Callable[[str], None],
    ) -> None:
        """`alarm` tells people, once for each reason."""
        self._name = name
        self._is_wanted = ahead_ms is not None
        self._dead_man = DeadMan(ahead_ms or 0)
        self._ports = ports
        self._parts = parts
        self._changes = changes
        self._alarm = alarm
        self._pause = Wakeup()
        self._task: TaskHandlePort | None = None

    @property
    def refusal(self) -> str:
        """Why the venue does not keep the switch for us; empty while it does."""
        return self._dead_man.refusal

    def start(self) -> None:
        """Begin, when the desk has."""
        if not self._is_wanted:
            return
        self._task = self._ports.tasks.spawn(f"{self._name} dead man", self._run, restart=True)

    async def stop(self) -> None:
        """Take it back, unless orders may be left: those it shall cancel. Stops that protect a
        position are left on purpose, and it would take them as well. Idempotent."""
        if self._task is None:
            return
        self._task.cancel()
        self._task = None
        if self._dead_man.is_set and not self._may_be_left():
            await self._ask(Setting(None))

    def _may_be_left(self) -> bool:
        return any(not life.intent.protects for life in self._parts.books.dispatch.lives())

    async def _run(self) -> None:
        while True:
            has_orders = self._parts.books.exposure.account_orders_open > 0
            setting = self._dead_man.due(self._now_ms(), self._venue_ms(), has_orders=has_orders)
            if setting is not None:
                await self._ask(setting)
            await self._pause.sleep(LOOK_EVERY_MS)

    async def _ask(self, setting: Setting) -> None:
        sender, roads = self._parts.sender, self._parts.roads
        batch = schedule_batch(setting.venue_ms)
        outcome = await self._changes.change(lambda: sender.send(batch, roads.ordinary))
        match outcome:
            case Accepted():
                self._dead_man.taken(setting)
            case Rejected(reason=reason):
                if self._dead_man.refused(reason, self._now_ms(), self._venue_ms()):
                    self._alarm(f"dead man's switch is not set: {reason}")
            case _:
                self._dead_man.failed(self._now_ms())

    def _venue_ms(self) -> int:
        """The venue's time, at least; our own clock while it has not been heard."""
        return self._parts.venue_time.at_least_ms(self._now_ms()) or self._ports.clock.now_ms()

    def _now_ms(self) -> int:
        return self._ports.clock.monotonic_ns() // NS_BY_MS
