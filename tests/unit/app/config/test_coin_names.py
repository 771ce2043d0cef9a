"""Coins that a file names: which setting names them where, and what is said of those unknown."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.execution.venue_rig import VenueRig

from hive.app.config.coin_names import CoinNamed
from hive.app.config.faults import Place
from hive.app.config.whole import HiveConfig, read_config
from hive.domain.errors import ConfigRefused
from hive.strategy.interface import Coin, Params, Strategy

HEAD = "account: {key_env: HIVE_KEY}\n"


class OnCoin(Params):
    coin: Coin = "BTC"


class Idle(Strategy[OnCoin]):
    pass


def find(_: str) -> type[Strategy[Any]]:
    return Idle


def read(text: str) -> HiveConfig:
    return read_config(HEAD + text, "hive.yml", find)


@pytest.mark.parametrize("name", ["defalt", "Default", "defaults", "deafult"])
@pytest.mark.parametrize("limit", ["max_order_notional_usd", "max_position_notional_usd"])
@pytest.mark.parametrize(
    "text",
    [
        "risk: {LIMIT: {NAME: 20}}\nstrategies: [{id: a, use: idle}]\n",
        "strategies:\n  - {id: a, use: idle, risk: {LIMIT: {NAME: 20}}}\n",
    ],
)
def test_a_misspelt_default_is_met_while_loading(text: str, limit: str, name: str) -> None:
    with pytest.raises(ConfigRefused) as caught:
        read(text.replace("LIMIT", limit).replace("NAME", name))
    assert f'risk.{limit}.{name}: is no coin, did you mean "default"?' in str(caught.value)


def test_every_coin_with_a_limit_or_a_leverage_of_its_own_has_its_place() -> None:
    config = read(
        """\
risk: {max_order_notional_usd: {ETH: 9, default: 20}}
strategies:
  - id: a
    use: idle
    leverage: {SOL: 3}
    risk: {max_position_notional_usd: {HYPE: 5}}
"""
    )
    (entry,) = config.strategies
    limited = [
        (each.coin, each.place.line) for each in (*config.coins_limited, *entry.coins_limited)
    ]
    assert limited == [("ETH", 2), ("HYPE", 7), ("SOL", 6)]


@pytest.mark.parametrize(
    ("text", "place", "path"),
    [
        ("{id: a, use: idle, coin: NO}", (3, 24), "coin"),
        ("{id: a, use: idle, params: {coin: NO}}", (3, 33), "params.coin"),
        ("{id: 'a{coin}', use: idle, foreach: {coin: [NO]}}", (3, 49), "foreach.coin"),
    ],
)
def test_a_strategys_coin_has_the_place_where_it_is_given(
    text: str, place: tuple[int, int], path: str
) -> None:
    (entry,) = read(f"strategies:\n  - {text}\n").strategies
    assert entry.coin == CoinNamed("NO", Place("hive.yml", *place), f"strategies[0].{path}")


def test_a_limit_of_a_coin_that_is_not_listed_ends_the_start() -> None:
    named = [CoinNamed(coin, Place("hive.yml", 2, 9), f"risk.x.{coin}") for coin in ("BTC", "ETHH")]
    with pytest.raises(ConfigRefused) as caught:
        VenueRig(run={"coins_limited": tuple(named)})
    told = "hive.yml:2:9 risk.x.ETHH: no instrument is called 'ETHH'; did you mean ETH"
    assert str(caught.value).startswith(told)


def test_a_strategys_coin_that_is_not_listed_is_told_with_its_place() -> None:
    named = CoinNamed("BTCC", Place("hive.yml", 4, 7), "strategies[0].coin")
    rig = VenueRig(run={"coins_traded": (named,)})
    (line,) = [line for line in rig.runtime.notices.newest(20) if line.kind == "error"]
    told = "hive.yml:4:7 strategies[0].coin: no instrument is called 'BTCC'; did you mean BTC"
    assert line.text.startswith(told)
