"""Percentiles, ratios, processor time of another process, and the file of results."""

from __future__ import annotations

import json
import platform
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

RESULTS: Final = Path(__file__).with_name("results.md")


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


def resident_mb(pid: int | str = "self") -> float:
    """Resident memory of a process in MB (10⁶ bytes)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise ValueError(f"process {pid} tells no resident memory")


def rounded(figures: dict[str, Any]) -> dict[str, Any]:
    """Figures with three significant decimals, for reading."""
    return {
        name: round(figure, 3) if isinstance(figure, float) else figure
        for name, figure in figures.items()
    }


def keep(name: str, figures: dict[str, Any]) -> None:
    """Write the figures of one benchmark into the results file, replacing its earlier ones."""
    head = (
        "# Results of `./run bench`\n\nThe newest run of each; times in the unit of their name.\n"
    )
    text = RESULTS.read_text() if RESULTS.exists() else head
    sections = {part.split("\n", 1)[0]: part.split("\n", 1)[1] for part in text.split("\n## ")[1:]}
    day = datetime.now(UTC).date().isoformat()
    sections[name] = (
        f"\n{day}, Python {platform.python_version()}, {platform.machine()}\n\n"
        f"```json\n{json.dumps(figures, indent=2)}\n```\n"
    )
    body = "".join(f"\n## {title}\n{sections[title].rstrip()}\n" for title in sorted(sections))
    RESULTS.write_text(head + body)
