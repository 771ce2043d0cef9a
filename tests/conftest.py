"""Tiers: `--tier default | full | soak` chooses how much is run, and how hard properties are tried.

A test marked `full` or `soak` runs in that tier and in the ones above. A test that can work more or
less (seeds, rounds) asks the fixture `tier`.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

TIERS = ("default", "full", "soak")

# Derandomised below `soak`: a commit gives one answer. Nights may look for new examples.
_EXAMPLES_BY_TIER = {"default": 100, "full": 500, "soak": 10_000}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--tier", choices=TIERS, default="default", help="how much to run")


def pytest_configure(config: pytest.Config) -> None:
    tier = config.getoption("--tier")
    settings.register_profile(
        tier,
        max_examples=_EXAMPLES_BY_TIER[tier],
        derandomize=tier != "soak",
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        print_blob=True,
    )
    settings.load_profile(tier)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    above = TIERS[TIERS.index(config.getoption("--tier")) + 1 :]
    left_out = [item for item in items if any(map(item.get_closest_marker, above))]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def tier(request: pytest.FixtureRequest) -> str:
    chosen: str = request.config.getoption("--tier")
    return chosen
