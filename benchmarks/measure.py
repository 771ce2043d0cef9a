"""Percentiles, ratios, processor time and memory of a process, and how a figure is judged."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

Figures = dict[str, Any]


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
