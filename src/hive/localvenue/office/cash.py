"""Money on its way between accounts, off the venue and into its fees; nothing is lost on the way.

Perp cash is counted in millionths of a USD, spot tokens in wei; an account has a purse for each.
Whatever leaves the accounts is counted here, so that all of them and this together always hold what
was ever paid in.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from hive.localvenue.accounts.account import Account
from hive.localvenue.listings.spot_balances import USDC, WEI_PER_USD_UNIT
from hive.localvenue.margin.requirements import MarkOf, Summary, summarize, summarize_common

PERP: Final = ""
"""The wire name of the first perp dex."""
SPOT: Final = "spot"


class Purse(NamedTuple):
    """Where in an account money is."""

    account: Account
    dex: str

    @property
    def is_spot(self) -> bool:
        return self.dex == SPOT


class Cash:
    """Moves money. Callers have asked first whether it is there."""

    def __init__(self, mark_of: MarkOf) -> None:
        self._mark_of = mark_of
        self.withdrawn_usd = 0
        """Gone over the bridge, in millionths of a USD."""
        self.fees_wei: dict[int, int] = {}
        """Fees of transfers, by token."""

    def withdrawable_usd(self, account: Account, dex: str = PERP) -> int:
        """What neither positions nor orders bind on a perp dex; of a unified account, on any."""
        margin = account.perps if account.is_unified else account.margins.get(dex)
        return 0 if margin is None else summarize_common(margin, self._mark_of).withdrawable_usd

    def equity_usd(self, account: Account, dex: str = PERP) -> int:
        """Cash and positions of a perp dex at mark, isolated ones too. Of a unified account only
        the sum over all dexes means anything."""
        margin = account.margins.get(dex)
        summary = Summary() if margin is None else summarize(margin, self._mark_of)
        return summary.equity_usd + summary.isolated_margin_usd

    def free_wei(self, purse: Purse, token: int) -> int:
        """How much of a token may be taken out of a purse."""
        if purse.is_spot and not (purse.account.is_unified and token == USDC):
            return purse.account.spot.free(token)
        usd = self.withdrawable_usd(purse.account, purse.dex) if token == USDC else 0
        return usd * WEI_PER_USD_UNIT

    def move(self, source: Purse, target: Purse, token: int, wei: int) -> None:
        """From one purse to another. On the perp side it counts as paid in or out, so that
        nobody's profit changes."""
        entry_usd = _take(source, token, wei)
        _put(target, token, wei, entry_usd)

    def move_usd(self, source: Account, target: Account, usd: int) -> None:
        """Between the perp sides of two accounts, in millionths of a USD."""
        self.move(Purse(source, PERP), Purse(target, PERP), USDC, usd * WEI_PER_USD_UNIT)

    def charge(self, purse: Purse, token: int, wei: int) -> None:
        """Take a fee."""
        if wei:
            _take(purse, token, wei)
            self.fees_wei[token] = self.fees_wei.get(token, 0) + wei

    def withdraw_usd(self, source: Account, usd: int) -> None:
        """Take perp cash off the venue."""
        _take(Purse(source, PERP), USDC, usd * WEI_PER_USD_UNIT)
        self.withdrawn_usd += usd

    def earn(self, account: Account, usd: int) -> None:
        """Pay out what the account has earned: nobody else loses it now."""
        account.perps.raw_usd += usd


def _take(purse: Purse, token: int, wei: int) -> int:
    """What the tokens had cost, in millionths of a USD; USDC never costs anything."""
    if purse.is_spot:
        return purse.account.spot.give(token, wei)
    _pay_in(purse, -_usd(token, wei))
    return 0


def _put(purse: Purse, token: int, wei: int, entry_usd: int) -> None:
    if purse.is_spot:
        purse.account.spot.receive(token, wei, entry_usd=entry_usd)
    else:
        _pay_in(purse, _usd(token, wei))


def _pay_in(purse: Purse, usd: int) -> None:
    purse.account.pay_in(usd, purse.dex)


def _usd(token: int, wei: int) -> int:
    usd, rest = divmod(wei, WEI_PER_USD_UNIT)
    assert token == USDC
    assert not rest
    assert usd >= 0
    return usd
