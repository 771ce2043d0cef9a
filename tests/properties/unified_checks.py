"""What the venue shows of accounts with one balance, held against what they are liquidated by."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from tests.properties.crowd import Crowd

from hive.localvenue.accounts.account import Account
from hive.localvenue.margin.estates import estates_of
from hive.localvenue.units import USD
from hive.localvenue.views.account import clearinghouse_state
from hive.localvenue.views.spot import spot_state

ROUNDING_USD = Decimal("0.00001")


def check_shown(crowd: Crowd) -> int:
    """`total` less isolated margin is what covers cross positions, as the documented ratio has it,
    and no dex shows more than there is. How many accounts were looked at."""
    unified = [each for each in crowd.engine.house.accounts.values() if each.is_unified]
    for account in unified:
        _check(crowd, account)
    return len(unified)


def _check(crowd: Crowd, account: Account) -> None:
    catalog = crowd.engine.market.catalog
    spot = spot_state(account, catalog.tokens, crowd.mark_of)
    usdc = spot["balances"][0]
    total, hold = Decimal(usdc["total"]), Decimal(usdc["hold"])
    assert 0 <= hold <= total
    states = [clearinghouse_state(account, crowd.mark_of, 0, dex.name) for dex in catalog.dexes]
    assert {state["withdrawable"] for state in states} == {"0.0"}
    shown = _sum(state["marginSummary"]["accountValue"] for state in states)
    assert shown <= total + ROUNDING_USD
    maintenance = _sum(state["crossMaintenanceMarginUsed"] for state in states)
    positions = [row["position"] for state in states for row in state["assetPositions"]]
    isolated = _sum(
        each["marginUsed"] for each in positions if each["leverage"]["type"] == "isolated"
    )
    *_, cross = estates_of(account)
    health = cross.health(crowd.mark_of)
    assert abs(maintenance * USD - health.maintenance_usd) <= 1
    if total:
        assert abs((total - isolated) * USD - health.equity_usd) <= 1
    left = max(Decimal(0), total - isolated - maintenance)
    assert abs(Decimal(spot["tokenToAvailableAfterMaintenance"][0][1]) - left) <= ROUNDING_USD


def _sum(texts: Iterable[str]) -> Decimal:
    return sum((Decimal(text) for text in texts), Decimal(0))
