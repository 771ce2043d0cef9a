"""Percentiles, ratios, processor time and memory of a process, and how a figure is judged."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

Figures = dict[str, Any]


NS_PER_US = 1e3


class Calls(NamedTuple):
    """What each of many calls took, and the processor's time for all together."""

    each_us: list[float]
    cpu_us: float


class Yardstick(NamedTuple):
    """What a figure is held against: our own bar, and what the strongest peer was measured at."""

    bar_max: float | None = None
    bar_min: float | None = None
    peer: str = ""

    def verdict(self, figure: float) -> str:
        """The bar in words, and whether the figure meets it; empty without a bar."""
        if self.bar_max is not None:
            return f"≤ {self.bar_max:g} {'met' if figure <= self.bar_max else 'MISSED'}"
        if self.bar_min is not None:
            return f"≥ {self.bar_min:g} {'met' if figure >= self.bar_min else 'MISSED'}"
        return ""


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0..1) of the sorted values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median_ratio(numerators: Sequence[float], denominators: Sequence[float]) -> float:
    """The median of the ratios pair by pair: what one alternation says is not believed alone."""
    return statistics.median(n / d for n, d in zip(numerators, denominators, strict=True))


def timed(take: Callable[[Any], object], values: Iterable[Any]) -> Calls:
    """Call it with each value; one reading of the clock, some 50 ns, is in every time."""
    clock, each_us = time.perf_counter_ns, []
    started_cpu_ns = time.thread_time_ns()
    last_ns = clock()
    for value in values:
        take(value)
        now_ns = clock()
        each_us.append((now_ns - last_ns) / NS_PER_US)
        last_ns = now_ns
    return Calls(each_us, (time.thread_time_ns() - started_cpu_ns) / NS_PER_US)


def against_floor(ours: Sequence[Calls], floors: Sequence[Calls]) -> Figures:
    """The figures that every benchmark of one step has, by alternations; ratios pair by pair."""
    p50s_us, floor_p50s_us = (
        [statistics.median(calls.each_us) for calls in rounds] for rounds in (ours, floors)
    )
    all_us = [us for calls in ours for us in calls.each_us]
    return {
        "p50_us": statistics.median(all_us),
        "p99_us": percentile(all_us, 0.99),
        "floor_p50_us": statistics.median(floor_p50s_us),
        "ratio_to_floor": median_ratio(p50s_us, floor_p50s_us),
        "cpu_ratio_to_floor": median_ratio(
            [calls.cpu_us for calls in ours], [calls.cpu_us for calls in floors]
        ),
    }


def processor_ns(pid: int) -> int:
    """Nanoseconds that all threads of a process have spent on a processor."""
    threads = Path(f"/proc/{pid}/task")
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads.iterdir())


def resident_mb(pid: int) -> float:
    """Resident memory of a process in MB (10⁶ bytes)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise ValueError(f"process {pid} tells no resident memory")


def rounded(figures: Figures) -> Figures:
    """Figures as they are shown: three digits behind the point below ten, fewer above."""
    return {name: _rounded(figure) for name, figure in figures.items()}


def _rounded(figure: Any) -> Any:
    if not isinstance(figure, float):
        return figure
    return round(figure, 3 if figure < 10 else 1)
