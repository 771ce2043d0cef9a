"""Tiers: `--tier default | full | soak` chooses how much is run, and how hard properties are tried.

A test marked `full` or `soak` runs in that tier and in the ones above. A test that can work more or
less (seeds, rounds) asks the fixture `tier`. Whatever works harder in a tier begins first, and a
worker that has nothing left takes over what another one has not begun.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

TIERS = ("default", "full", "soak")
HARDEST = "seeds"
"""The fixture of tests that play whole worlds."""

# Derandomised below `soak`: a commit gives one answer. Nights may look for new examples.
_EXAMPLES_BY_TIER = {"default": 100, "full": 500, "soak": 10_000}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--tier", choices=TIERS, default="default", help="how much to run")


def pytest_cmdline_main(config: pytest.Config) -> None:
    if config.getoption("dist", "no") == "load":  # what xdist makes of `-n`
        config.option.dist = "worksteal"


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
    if config.getoption("--tier") != TIERS[0]:
        items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    """Worlds first, then whatever else does more than in the default tier."""
    names = getattr(item, "fixturenames", ())
    is_hard = "tier" in names or any(map(item.get_closest_marker, TIERS))
    return 0 if HARDEST in names else 1 if is_hard else 2


@pytest.fixture(scope="session")
def tier(request: pytest.FixtureRequest) -> str:
    chosen: str = request.config.getoption("--tier")
    return chosen
