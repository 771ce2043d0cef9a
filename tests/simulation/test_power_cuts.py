"""After power cuts at any moment the ledger is the venue's, and no order is without an owner."""

from __future__ import annotations

import pytest
from tests.simulation.power_cuts import cut_again_and_again

CUTS_OF_A_WORLD = 100


def outlive(seed: int, cuts: int) -> int:
    result = cut_again_and_again(seed, cuts)
    assert result.violations == (), f"seed {seed}"
    assert result.fills > 0
    return result.fired["death by power"]


def test_a_few_power_cuts_leave_the_ledger_equal_to_the_venue() -> None:
    assert outlive(1, 20) == 20


@pytest.mark.parametrize(
    ("cuts", "first_seed"),
    [
        pytest.param(1_000, 0, marks=pytest.mark.full),
        pytest.param(10_000, 1_000, marks=pytest.mark.soak),
    ],
)
def test_power_cuts_leave_the_ledger_equal_to_the_venue(cuts: int, first_seed: int) -> None:
    worlds = cuts // CUTS_OF_A_WORLD
    seeds = range(first_seed, first_seed + worlds)
    assert sum(outlive(seed, CUTS_OF_A_WORLD) for seed in seeds) == cuts
