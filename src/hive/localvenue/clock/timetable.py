"""What is due again and again, each at its own pace."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Task = Callable[[int], None]


class Timetable:
    """Tasks by their period. After a pause each is due once and goes on from there: nobody saw the
    time in between."""

    def __init__(self, period_ms_by_task: Mapping[Task, int], now_ms: int) -> None:
        assert all(period_ms > 0 for period_ms in period_ms_by_task.values())
        self._period_ms_by_task = dict(period_ms_by_task)
        self._due_ms_by_task = {
            task: now_ms + period_ms for task, period_ms in period_ms_by_task.items()
        }
        self._next_ms = min(self._due_ms_by_task.values())

    @property
    def next_ms(self) -> int:
        return self._next_ms

    def set_period(self, task: Task, period_ms: int) -> None:
        """Let a task be due at another pace, from its last turn on."""
        assert period_ms > 0
        change_ms = period_ms - self._period_ms_by_task[task]
        self._period_ms_by_task[task] = period_ms
        self._due_ms_by_task[task] += change_ms
        self._next_ms = min(self._due_ms_by_task.values())

    def due(self, now_ms: int) -> list[Task]:
        """The tasks that are due, each of which counts as done."""
        if now_ms < self._next_ms:
            return []
        tasks = [task for task, due_ms in self._due_ms_by_task.items() if due_ms <= now_ms]
        for task in tasks:
            period_ms = self._period_ms_by_task[task]
            late_ms = now_ms - self._due_ms_by_task[task]
            self._due_ms_by_task[task] = now_ms - late_ms % period_ms + period_ms
        self._next_ms = min(self._due_ms_by_task.values())
        return tasks
