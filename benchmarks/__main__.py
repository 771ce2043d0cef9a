"""`./run bench [NAME] [--json]`: one benchmark, or all; a table for each, kept in `results.md`.

With `--json` one object instead: the figures of NAME, or those of all by their names. `--dry`
leaves the file of results as it is.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from typing import Final

from benchmarks import report
from benchmarks.measure import rounded

NAMES: Final = (
    "tick_to_order",
    "burst",
    "flood",
    "fanout",
    "memory",
    "growth",
    "decode",
    "sign",
    "dispatch",
    "venue",
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="./run bench", description="Measure Hive.")
    parser.add_argument("name", nargs="?", choices=NAMES, help="only this one")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--dry", action="store_true", help="do not write benchmarks/results.md")
    options = parser.parse_args()
    figures_by_name = {}
    for name in [options.name] if options.name else NAMES:
        module = importlib.import_module(f"benchmarks.{name}")
        figures = figures_by_name[name] = rounded(module.run())
        rows = report.rows(figures, module.YARDSTICKS)
        if not options.dry:
            report.keep(name, rows)
        if not options.json:
            sys.stdout.write(report.plain(name, rows))
            sys.stdout.flush()
    if options.json:
        found = figures_by_name[options.name] if options.name else figures_by_name
        sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
