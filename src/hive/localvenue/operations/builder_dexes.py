"""Builder dexes of one's own, beside the recorded one: for clients that name a dex they know."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from hive.localvenue.listings.catalog import Catalog, PerpDex, dex_of
from hive.localvenue.listings.listing_plan import ListPerp
from hive.localvenue.operations.listing_changes import ImpossibleListing, added, refusal_of

DEPLOYER: Final = "0x" + "de" * 20
"""Nobody has a key to it."""
DEX_NAME_MAX: Final = 8
EMPTY_META: Final = b'{"universe":[],"marginTables":[],"collateralToken":0}'


def offer(perps: Iterable[ListPerp], catalog: Catalog) -> None:
    """List perps, and first the builder dexes that their names begin with.

    Raises:
        ImpossibleListing: a coin is there already, or it or its dex cannot be called so.
    """
    for perp in perps:
        name = dex_of(perp.coin)
        if catalog.dex(name) is None:
            if not name.isalnum() or not name.islower() or len(name) > DEX_NAME_MAX:
                raise ImpossibleListing(f"{name!r} is no name of a dex")
            catalog.dexes.append(PerpDex(_row(name), EMPTY_META, []))
        refusal = refusal_of(perp, catalog)
        if refusal is not None:
            raise ImpossibleListing(refusal)
        added(perp, catalog)


def _row(name: str) -> dict[str, Any]:
    """As the recorded one: no caps, no terms but the usual fee."""
    return {
        "name": name,
        "fullName": name,
        "deployer": DEPLOYER,
        "oracleUpdater": None,
        "feeRecipient": DEPLOYER,
        "assetToStreamingOiCap": [],
        "subDeployers": [],
        "deployerFeeScale": "1.0",
        "lastDeployerFeeScaleChangeTime": "1970-01-01T00:00:00",
        "assetToFundingMultiplier": [],
        "assetToFundingInterestRate": [],
    }
