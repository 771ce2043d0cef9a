"""Play worlds: `python -m tests.simulation --seed 17`, or `--seeds 0:500 [--until-failure]`.

A world that violates an invariant prints what was violated, the end of its trace and the command
that plays it again. `--json` ends with one line of JSON.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any, Final

import msgspec
from tests.simulation.world import WorldResult, play

CHUNK: Final = 5
TAIL_LINES: Final = 200


def main() -> int:
    """0 when no invariant was violated."""
    options = _options()
    failed: WorldResult | None = None
    played = 0
    cpu_s = 0.0
    fired: dict[str, int] = {}
    for result in _played(options.seeds, options.jobs):
        played += 1
        cpu_s += result.cpu_s
        for fault in result.fired:
            fired[fault] = fired.get(fault, 0) + 1
        if options.verbose:
            _say(_line(result))
        if result.violations:
            failed = failed or result
            _say(report(result, options.tail))
            if options.until_failure:
                break
    summary: dict[str, Any] = {
        "seeds_run": played,
        "failed_seed": None if failed is None else failed.seed,
        "violation": "" if failed is None else failed.violations[0],
        "cpu_s_per_seed": round(cpu_s / max(played, 1), 3),
        "seeds_by_fault": dict(sorted(fired.items())),
    }
    if options.json:
        _say(msgspec.json.encode(summary).decode())
    else:
        _say(f"{played} seeds, {summary['cpu_s_per_seed']} s of CPU each")
    return 0 if failed is None else 1


def report(result: WorldResult, tail: int = TAIL_LINES) -> str:
    """What a person needs to see of a world that went wrong."""
    return "\n".join(
        [
            *result.trace_tail[max(0, len(result.trace_tail) - tail) :],
            f"seed {result.seed} violates:",
            *[f"  {violation}" for violation in result.violations[:20]],
            f"replay: ./run test simulation --seed {result.seed}",
        ]
    )


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _line(result: WorldResult) -> str:
    return (
        f"seed {result.seed}: {result.trace_hash} {result.venue_events} events "
        f"{result.fills} fills {result.actions} actions {result.boots} boots {result.cpu_s:.2f} s"
    )


def _played(seeds: Iterable[int], jobs: int) -> Iterator[WorldResult]:
    if jobs == 1:
        yield from map(play, seeds)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(play, seeds, chunksize=CHUNK)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--seed", dest="seeds", type=lambda text: [int(text)])
    which.add_argument("--seeds", type=_range, help="FIRST:END, the end not included")
    parser.add_argument("--until-failure", action="store_true")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--verbose", action="store_true", help="a line for each world")
    parser.add_argument("--tail", type=int, default=TAIL_LINES, help="lines of trace to show")
    return parser.parse_args()


def _range(text: str) -> range:
    first, _, end = text.partition(":")
    return range(int(first), int(end))


if __name__ == "__main__":
    sys.exit(main())
