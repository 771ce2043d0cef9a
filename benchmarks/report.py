"""Figures as a table: in the terminal, and kept in `benchmarks/results.md`."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks.measure import Figures, Yardstick

RESULTS: Final = Path(__file__).with_name("results.md")
HEAD: Final = """# Results of `./run bench`

The newest run of each. A name's ending is its unit. Ratios are medians over at least ten
alternations within one run and are what is judged; times depend on the machine and its load. The
last column is what the strongest peer was measured at, on another day, by the same method.
"""
COLUMNS: Final = ("figure", "value", "bar", "peer")

Row = tuple[str, str, str, str]


def rows(figures: Figures, yardsticks: Mapping[str, Yardstick]) -> list[Row]:
    """A row for each figure, in the order they were found."""
    found: list[Row] = []
    for name, figure in figures.items():
        yardstick = yardsticks.get(name, Yardstick())
        found.append((name, str(figure), yardstick.verdict(figure), yardstick.peer))
    return found


def plain(name: str, found: list[Row]) -> str:
    """The table for a terminal."""
    width = [max(len(row[column]) for row in (COLUMNS, *found)) for column in range(4)]
    lines = [
        "  ".join(
            (row[0].ljust(width[0]), row[1].rjust(width[1]), row[2].ljust(width[2]), row[3])
        ).rstrip()
        for row in (COLUMNS, *found)
    ]
    return "\n".join([f"\n{name}", *(f"  {line}" for line in lines)]) + "\n"


def keep(name: str, found: list[Row], results: Path = RESULTS) -> None:
    """Write a benchmark's table into the file of results, in place of its last one."""
    text = results.read_text() if results.exists() else ""
    parts = text.split("\n## ")[1:]
    section_by_name = {part.partition("\n")[0]: part.partition("\n")[2].strip() for part in parts}
    table = "\n".join(f"| {' | '.join(row)} |" for row in (COLUMNS, ("---",) * 4, *found))
    day = datetime.now(UTC).date().isoformat()
    where = f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} processors"
    section_by_name[name] = f"{day}, {where}\n\n{table}"
    body = "".join(
        f"\n## {title}\n\n{section_by_name[title]}\n" for title in sorted(section_by_name)
    )
    results.write_text(HEAD + body)
