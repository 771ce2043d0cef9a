"""Parameters are read strictly, all faults are told at once, and the params class is found."""

from __future__ import annotations

from typing import Any, TypeVar

import pytest

from hive.domain.errors import ConfigRefused
from hive.strategy.interface import Bps, CandleMs, Coin, Count, Params, Strategy, Usd
from hive.strategy.parameters import param_faults, read_params


class Settings(Params):
    coin: Coin
    size_usd: Usd = 50.0
    edge_bps: Bps = 5.0
    levels: Count = 3
    interval_ms: CandleMs = 1_000


class Trader(Strategy[Settings]):
    """Does nothing."""


def test_all_faults_are_told_together_with_the_nearest_right_name() -> None:
    faults = param_faults(
        Settings, {"size_usd": -1, "edge_bpss": 3, "levels": "many", "interval_ms": 1_500}
    )
    told = {fault.key: fault.message for fault in faults}
    assert set(told) == {"size_usd", "edge_bpss", "levels", "interval_ms", "coin"}
    assert "did you mean edge_bps?" in told["edge_bpss"]
    assert "required" in told["coin"]
    with pytest.raises(ConfigRefused) as refusal:
        read_params(Settings, {"size_usd": -1, "edge_bpss": 3})
    assert str(refusal.value).count(";") >= 2


def test_whole_numbers_will_do_for_floats_and_nothing_is_guessed_from_text() -> None:
    assert read_params(Settings, {"coin": "BTC", "size_usd": 50}).size_usd == 50.0
    with pytest.raises(ConfigRefused, match="size_usd"):
        read_params(Settings, {"coin": "BTC", "size_usd": "50"})


def test_bounds_hold_for_parameters_built_in_code_too() -> None:
    with pytest.raises(ConfigRefused, match="size_usd"):
        Trader(Settings(coin="BTC", size_usd=-5.0))
    with pytest.raises(ConfigRefused, match="coin"):
        Trader()


def test_another_strategys_parameters_are_refused() -> None:
    class Other(Params):
        coin: Coin = "BTC"

    with pytest.raises(TypeError, match="takes Settings"):
        Trader(Other())  # type: ignore[arg-type] # the mistake under test


def test_the_params_class_is_found_where_it_is_named() -> None:
    class Plain(Strategy[Params]):
        """No settings."""

    class Heir(Trader):
        """Takes what its parent takes."""

    assert Trader.params_type is Settings
    assert Heir.params_type is Settings
    assert Plain().params == Params()


def test_a_strategy_of_something_that_is_no_params_class_is_refused_when_written() -> None:
    other: Any = int
    with pytest.raises(TypeError, match="needs a Params class"):
        type("Wrong", (Strategy,), {"__orig_bases__": (Strategy[other],)})


def test_a_family_of_strategies_may_leave_its_parameters_open() -> None:
    P = TypeVar("P", bound=Params)

    class Family(Strategy[P]):
        """Shared handlers."""

    class Member(Family[Settings]):
        """One of them."""

    assert Family.params_type is Params
    assert Member.params_type is Settings
    assert Member(Settings(coin="ETH")).params.coin == "ETH"
