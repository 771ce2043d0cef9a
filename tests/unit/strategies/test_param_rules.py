"""Parameters that would turn a ready-made strategy upside down are refused, with the remedy."""

from __future__ import annotations

import pytest

from hive.domain.errors import ConfigRefused
from hive.strategies.catalogue import CATALOGUE
from hive.strategy.parameters import read_params


def refused(kind: str, settings: dict[str, object]) -> str:
    with pytest.raises(ConfigRefused) as caught:
        read_params(CATALOGUE[kind].params_type, settings)
    return str(caught.value)


@pytest.mark.parametrize(
    ("kind", "settings", "told"),
    [
        ("ema_cross", {"fast": 30, "slow": 10}, "fast (30) must be shorter than slow (10), or it "),
        ("ema_cross", {"fast": 9, "slow": 9}, "fast (9) must be shorter than slow (9), or it "),
        ("mean_reversion", {"exit_z": 2.0}, "exit_z (2) must be below entry_z (2), or it leaves "),
        ("mean_reversion", {"length": 1}, "length (1) must be at least 2; "),
        ("mean_reversion", {"stop_bps": 0}, "stop_bps is 0, so it would leave as soon as it "),
        ("breakout", {"stop_bps": 0}, "stop_bps is 0, so it would leave as soon as it enters; "),
        ("breakout", {"exit_length": 21}, "exit_length (21) must not be above entry_length (20): "),
        ("twap", {"slippage_bps": 150}, "abort_bps (100) must not be below slippage_bps (150), or"),
        ("twap", {"total_usd": 9.5}, "total_usd (9.5) must be above the venue's least order of 10"),
        ("grid", {"step_bps": 0}, "step_bps is 0, so all 4 levels would be one price; raise it"),
        ("grid", {"levels": 50, "step_bps": 200}, "levels (50) × step_bps (200) reach down to a "),
        ("maker", {"size_usd": 600}, "size_usd (600) is above position_usd_max (500), so it would"),
        ("maker", {"edge_bps": 9_999}, "edge_bps (9999) and skew_bps (4) are the whole price "),
    ],
)
def test_it_is_told_with_the_values_and_the_remedy(
    kind: str, settings: dict[str, object], told: str
) -> None:
    assert refused(kind, settings).startswith(told)


@pytest.mark.parametrize("kind", [kind for kind in CATALOGUE if kind != "twap"])
def test_a_size_that_no_order_may_have_is_refused(kind: str) -> None:
    told = "size_usd (10) must be above the venue's least order of 10 USD"
    assert refused(kind, {"size_usd": 10}) == told


def test_all_that_is_upside_down_is_told_at_once() -> None:
    told = refused("ema_cross", {"fast": 30, "slow": 10, "size_usd": 1})
    assert "size_usd (1)" in told
    assert "fast (30)" in told
