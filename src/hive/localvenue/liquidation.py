"""Liquidation (venue.md 3.3): what happens to an account whose equity is under its maintenance.

First its orders are cancelled and its positions sent to the book as market orders; of a position
above 100,000 USD a fifth, then for half a minute all of it. If equity is under two thirds of
maintenance, the liquidator vault takes positions and cash over at mark, so no account is ever left
in debt: what is missing is the vault's loss. Auto-deleveraging is not offered; the vault has
endless credit.
"""

from __future__ import annotations

from typing import Final

from hive.domain.identifiers import Address
from hive.localvenue.accounts import Account, Holding
from hive.localvenue.clearing import ClearingHouse
from hive.localvenue.exchange import Exchange
from hive.localvenue.identity import Identities
from hive.localvenue.margin import MarkOf, Summary, summarize
from hive.localvenue.news import TradeRow
from hive.localvenue.orders import Status, Ticket, Tif, VenueOrder
from hive.localvenue.perp_fees import PerpFee
from hive.localvenue.units import USD, usd_text

VAULT: Final = Address("0x" + "11fe" * 10)
PARTIAL_ABOVE_USD: Final = 100_000 * USD
PARTS: Final = 5
COOLDOWN_MS: Final = 30_000
ANY_PX_FACTOR: Final = 4
"""How far from mark the venue's own market orders reach."""
NO_FEE: Final = PerpFee(0)
ZERO_HASH: Final = "0x" + "0" * 64


class Liquidator:
    """Looks at every account when marks have changed."""

    def __init__(
        self,
        house: ClearingHouse,
        exchange: Exchange,
        identities: Identities,
        mark_of: MarkOf,
    ) -> None:
        self._house = house
        self._exchange = exchange
        self._identities = identities
        self._mark_of = mark_of
        self._whole_until_ms: dict[Address, int] = {}
        self.liquidations = 0
        """How often an account had to be liquidated."""
        self.vault_loss_usd = 0
        """What accounts owed when the vault took them over."""

    def look(self) -> None:
        """Liquidate whoever must be."""
        for account in list(self._house.accounts.values()):
            if account.is_participant or not account.perps.holdings:
                continue
            summary = summarize(account.perps, self._mark_of)
            if summary.equity_usd < summary.maintenance_usd:
                self._liquidate(account, summary)

    def _liquidate(self, account: Account, summary: Summary) -> None:
        self.liquidations += 1
        self._tell(account, summary)
        self._exchange.cancel_all(account, Status.LIQUIDATED_CANCELED)
        self._sell_off(account)
        after = summarize(account.perps, self._mark_of)
        if 3 * after.equity_usd < 2 * after.maintenance_usd or after.equity_usd < 0:
            self._hand_over(account)

    def _sell_off(self, account: Account) -> None:
        """Market orders, until equity covers maintenance again."""
        now_ms = self._house.now_ms
        is_whole = now_ms < self._whole_until_ms.get(account.address, 0)
        for holding in list(account.perps.holdings.values()):
            summary = summarize(account.perps, self._mark_of)
            if not holding.size or summary.equity_usd >= summary.maintenance_usd:
                continue
            mark = self._mark_of(holding.listing.coin)
            size = abs(holding.size)
            if size * mark > PARTIAL_ABOVE_USD and not is_whole:
                size = max(1, size // PARTS)
                self._whole_until_ms[account.address] = now_ms + COOLDOWN_MS
            self._identities.begin_action()
            self._house.liquidation = self._shown(account, holding, "market")
            self._exchange.place_forced(account, _market_order(holding, size, mark))
            self._house.liquidation = None

    def _hand_over(self, account: Account) -> None:
        """All positions to the vault at mark, then all that is left of the cash, or is owed."""
        vault = self._house.open_account(VAULT, is_participant=True)
        for holding in account.perps.holdings.values():
            if holding.size:
                self._transfer(account, holding)
        self.vault_loss_usd += max(0, -account.perps.raw_usd)
        vault.perps.raw_usd += account.perps.raw_usd
        account.perps.raw_usd = 0

    def _transfer(self, account: Account, holding: Holding) -> None:
        mark = self._mark_of(holding.listing.coin)
        size = abs(holding.size)
        closing = _market_order(holding, size, mark)
        taking = Ticket(
            listing=closing.listing,
            is_buy=not closing.is_buy,
            px=mark,
            size=size,
            tif=closing.tif,
        )
        now_ms = self._house.now_ms
        ours = VenueOrder(self._identities.oid(), account.address, closing, now_ms)
        theirs = VenueOrder(self._identities.oid(), VAULT, taking, now_ms)
        buyer, seller = (ours, theirs) if ours.is_buy else (theirs, ours)
        trade = TradeRow(
            listing=holding.listing,
            is_buy=ours.is_buy,
            px=mark,
            size=size,
            ms=now_ms,
            hash=ZERO_HASH,
            tid=self._identities.tid(buyer.oid, seller.oid),
            buyer=buyer.owner,
            seller=seller.owner,
        )
        self._house.liquidation = self._shown(account, holding, "backstop")
        self._house.settle(ours, trade, NO_FEE, is_taker=True)
        self._house.settle(theirs, trade, NO_FEE, is_taker=False)
        self._house.liquidation = None

    def _shown(self, account: Account, holding: Holding, method: str) -> dict[str, str]:
        mark_px = holding.listing.px_text(self._mark_of(holding.listing.coin))
        return {"liquidatedUser": account.address, "markPx": mark_px, "method": method}

    def _tell(self, account: Account, summary: Summary) -> None:
        liquidation = {
            "lid": self._identities.oid(),
            "liquidator": VAULT,
            "liquidated_user": account.address,
            "liquidated_ntl_pos": usd_text(summary.notional_usd),
            "liquidated_account_value": usd_text(summary.equity_usd),
        }
        self._house.news.event(account.address, {"liquidation": liquidation})


def _market_order(holding: Holding, size: int, mark: int) -> Ticket:
    """An order that closes `size` of a position at whatever price the book has."""
    is_buy = holding.size < 0
    return Ticket(
        listing=holding.listing,
        is_buy=is_buy,
        px=mark * ANY_PX_FACTOR if is_buy else max(1, mark // ANY_PX_FACTOR),
        size=size,
        tif=Tif.LIQUIDATION_MARKET,
    )
