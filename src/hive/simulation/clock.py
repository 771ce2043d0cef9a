"""A process's clock in virtual time: the wall can step, the monotonic side cannot."""

from __future__ import annotations

from hive.simulation.virtual_time import NS_PER_MS, Kernel


class VirtualClock:
    """Behind the `Clock` port. `start_ms` is the wall time at the world's beginning."""

    def __init__(self, kernel: Kernel, start_ms: int) -> None:
        self._kernel = kernel
        self._wall_offset_ms = start_ms

    def now_ms(self) -> int:
        return self._wall_offset_ms + self._kernel.now_ns // NS_PER_MS

    def monotonic_ns(self) -> int:
        return self._kernel.now_ns

    def step_wall(self, by_ms: int) -> None:
        """Somebody set the clock; negative goes back."""
        self._wall_offset_ms += by_ms
