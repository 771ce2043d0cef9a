"""Unified accounts: one USDC balance for spot and the perps of every dex.

The cash is kept on the perp side, as one sum over the dexes that may lie anywhere in them; spot
holds what its open orders bind, and draws the rest when it pays. So nothing has to be moved when a
position, a fee or funding settles, and profit that is not yet realised can be spent on spot, as it
can be withdrawn from perps.
"""

from __future__ import annotations

from hive.localvenue.accounts.account import Account
from hive.localvenue.margin.requirements import MarkOf, summarize_common


class UnifiedCash:
    """One account's balance, as its spot side uses it. Behind `CommonCash`."""

    def __init__(self, account: Account, mark_of: MarkOf) -> None:
        self._account = account
        self._mark_of = mark_of

    @property
    def free_usd(self) -> int:
        """What neither positions nor open perp orders bind."""
        summary = summarize_common(self._account.perps, self._mark_of)
        return max(0, summary.equity_usd - summary.bound_usd)

    def draw(self, usd: int) -> None:
        """It counts as paid out of perps, so that nobody's profit changes."""
        self._account.pay_in(-usd)


def unify(account: Account, mark_of: MarkOf) -> None:
    """Make the account's USDC one balance. It has neither positions nor open orders."""
    for margin in account.margins.values():
        margin.sharing = account.margins
    account.spot.share(UnifiedCash(account, mark_of))


def separate(account: Account) -> None:
    """Give each side its own balance again: all USDC is on spot then. As flat as for `unify`."""
    for margin in account.margins.values():
        if margin is not account.perps:
            account.perps.raw_usd += margin.raw_usd
            margin.raw_usd = 0
    account.spot.keep()
    for margin in account.margins.values():
        margin.sharing = None


def is_flat(account: Account) -> bool:
    """Whether it has no positions and no open orders, and owes nothing."""
    if account.open_orders or account.cash_usd < 0:
        return False
    return not any(holding.size for holding in account.each_holding())
