"""What another venue lists, and which of it is followed."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import msgspec
import pytest

from hive.app.venue_commands.feed import COINS_MAX, catalog_of_universe, coins_of_universe
from hive.domain.errors import ConfigRefused, UnknownCoin
from hive.localvenue.listings.perp_fees import SCALE_ONE
from hive.localvenue.markets.recordings import BuilderDex, Universe
from hive.localvenue.validation.market_bounds import recorded_bounds

METADATA = files("hive.localvenue.listings") / "metadata"


def raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


def universe() -> Universe:
    """The recorded one, with its builder dex twice: as it is, and by a row of an older form."""
    (xyz,) = msgspec.json.decode((METADATA / "builder_dexes.json").read_bytes())
    bare = {"name": "old", "fullName": "Old", "deployer": xyz["dex"]["deployer"]}
    names = {
        "universe": [
            {**perp, "name": f"old:{place}"} for place, perp in enumerate(xyz["meta"]["universe"])
        ]
    }
    for perp in names["universe"]:
        perp.pop("deployerFeeScale")
    old_meta = {**xyz["meta"], **names}
    return Universe(
        msgspec.Raw((METADATA / "meta_perps.json").read_bytes()),
        msgspec.Raw((METADATA / "asset_ctxs.json").read_bytes()),
        (
            BuilderDex(raw(xyz["dex"]), raw(xyz["meta"]), raw(xyz["contexts"])),
            BuilderDex(raw(bare), raw(old_meta), raw(xyz["contexts"])),
        ),
    )


def test_a_dex_keeps_its_place_which_is_in_the_ids_of_its_perps() -> None:
    catalog = catalog_of_universe(universe())
    assert [dex.name for dex in catalog.dexes] == ["", "xyz", "old"]
    found = [catalog.of_coin(coin) for coin in ("BTC", "xyz:TSLA", "old:1")]
    assert [listing.asset_id for listing in found if listing] == [0, 110_001, 120_001]


def test_a_row_without_terms_has_the_usual_ones() -> None:
    catalog = catalog_of_universe(universe())
    listing = catalog.of_coin("old:1")
    assert listing is not None
    assert listing.deployer is not None
    assert listing.deployer.fee_scale == listing.deployer.funding_multiplier == SCALE_ONE
    assert not any(coin.startswith("old:") for coin in recorded_bounds(catalog.dexes))


def test_coins_are_the_busiest_of_all_dexes_or_those_that_are_named() -> None:
    busiest = list(coins_of_universe(universe(), names=(), count=24))
    assert len(busiest) == 24
    assert {coin.partition(":")[0] for coin in busiest} >= {"BTC", "xyz"}
    assert len(coins_of_universe(universe(), names=(), count=None)) == COINS_MAX == 96
    names = ("xyz:TSLA", "BTC")
    assert tuple(coins_of_universe(universe(), names=names, count=None)) == names


def test_a_coin_that_is_not_there_is_refused_with_near_names() -> None:
    with pytest.raises(UnknownCoin, match="'xyz:TSLAA'") as caught:
        coins_of_universe(universe(), names=("xyz:TSLAA",), count=None)
    assert "xyz:TSLA" in (caught.value.hint or "")


def test_more_names_than_can_be_followed_are_refused() -> None:
    with pytest.raises(ConfigRefused, match="97 coins are named, 96 can be followed"):
        coins_of_universe(universe(), names=("BTC",) * 97, count=None)
