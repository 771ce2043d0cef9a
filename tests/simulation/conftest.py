"""`--tier` decides how many worlds are played; what they cost and met is said at the end."""

from __future__ import annotations

import pytest

SEEDS_BY_TIER = {"default": 100, "full": 500, "soak": 20_000}
CHUNKS_BY_TIER = {"default": 10, "full": 2, "soak": 100}
"""In `full` each worker gets one long chunk, in which every fault must have happened."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Divide the tier's seeds among the tests that take `seeds`."""
    if "seeds" not in metafunc.fixturenames:
        return
    tier = metafunc.config.getoption("--tier")
    count = SEEDS_BY_TIER[tier] // CHUNKS_BY_TIER[tier]
    chunks = [range(start, start + count) for start in range(0, SEEDS_BY_TIER[tier], count)]
    metafunc.parametrize("seeds", chunks, ids=lambda chunk: f"{chunk.start}:{chunk.stop}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The mean cost of a world, whichever worker played it."""
    worlds, cpu_s = 0, 0.0
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") != "call":
                continue
            properties = dict(report.user_properties)
            worlds += properties.get("worlds", 0)
            cpu_s += properties.get("cpu_s", 0.0)
    if worlds:
        terminalreporter.write_line(f"{worlds} worlds, {cpu_s / worlds:.3f} s of CPU each")
