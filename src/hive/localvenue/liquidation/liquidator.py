"""Liquidation (venue.md 3.3): what happens to what is under its maintenance.

What is liquidated together is an *estate*: the cross positions of an account, or one isolated
position. In this order, until it is healthy:

    orders cancelled ─▶ market orders into the book; of a large position a fifth,
                        then for half a minute all of it
    under 2/3 of maintenance ─▶ positions and margin to the liquidator vault, at mark
    under zero ─▶ positions closed against the best placed counterparties (`deleveraging`)

A market order reaches no further than to the price at which nothing is left, so the book alone
makes nobody a debtor. What deleveraging cannot bring back is the vault's loss.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol

from hive.domain.identifiers import Address
from hive.localvenue.accounts.account import Account, Holding
from hive.localvenue.clearing.clearing_house import ClearingHouse
from hive.localvenue.clearing.exchange import Exchange
from hive.localvenue.identity import Identities
from hive.localvenue.liquidation.deleveraging import Deleveraging
from hive.localvenue.liquidation.forced_trades import ForcedTrades, Side, closing_ticket
from hive.localvenue.liquidation.liquidation_rules import LiquidationRules
from hive.localvenue.listings.catalog import Listing
from hive.localvenue.listings.perp_fees import FEE_SCALE
from hive.localvenue.margin.estates import Estate, Health, estates_of
from hive.localvenue.margin.requirements import MarkOf
from hive.localvenue.orders.venue_order import Status
from hive.localvenue.units import usd_text

ROUNDS_MAX: Final = 20
"""Within one look; what is left then is found at the next one."""

VAULT: Final = Address("0x" + "11fe" * 10)


class LedgerNotes(Protocol):
    """Who keeps the rows of accounts' ledgers."""

    def note(self, users: Iterable[Address], kind: str, /, **fields: Any) -> None: ...


class RunningTwaps(Protocol):
    """Who can end an account's TWAPs."""

    def terminate(self, user: Address, covers: Callable[[Listing], bool]) -> None: ...


class Liquidator:
    """Looks at accounts when marks have changed."""

    def __init__(
        self,
        house: ClearingHouse,
        exchange: Exchange,
        identities: Identities,
        mark_of: MarkOf,
        *,
        previous_mark_of: MarkOf,
        rules: LiquidationRules,
        ledger: LedgerNotes,
        twaps: RunningTwaps,
    ) -> None:
        self._house = house
        self._exchange = exchange
        self._identities = identities
        self._mark_of = mark_of
        self._rules = rules
        self._ledger = ledger
        self._twaps = twaps
        self._forced = ForcedTrades(house, identities, mark_of)
        self._deleveraging = Deleveraging(house, self._forced, mark_of, previous_mark_of)
        self._whole_until_ms: dict[Address, int] = {}
        self.liquidations = 0
        """How often an estate had to be liquidated."""
        self.backstops = 0
        """How often the vault had to take one over."""
        self.vault_loss_usd = 0
        """What estates owed in the end."""

    @property
    def deleveraged(self) -> int:
        """How many counterparties were closed to cover a debt."""
        return self._deleveraging.closed

    def look(self) -> None:
        """Liquidate whoever must be.

        A counterparty that is closed loses what it gained since the mark of before, and may be in
        need itself by then; so it goes round until nobody is. Who was sold in parts is left with
        the rest until the next look, unless the book can help no more.
        """
        begun: set[Address] = set()
        for _ in range(ROUNDS_MAX):
            suspects = self._house.exposure.suspects()
            acted = [self._look_at(account, begun) for account in suspects]  # all, not until one
            if not any(acted):
                return

    def _look_at(self, account: Account, begun: set[Address]) -> bool:
        """Liquidate what of an account must be; whether anything was."""
        healths = []
        was_begun = account.address in begun
        has_acted = False
        for estate in estates_of(account):
            health = estate.health(self._mark_of)
            if health.is_beyond_the_book if was_begun else health.is_liquidatable:
                self._liquidate(estate, health)
                health = estate.health(self._mark_of)
                has_acted = True
                begun.add(account.address)
            healths.append(health)
        self._house.exposure.looked_at(account, healths)
        return has_acted

    def _liquidate(self, estate: Estate, health: Health) -> None:
        self.liquidations += 1
        self._identities.begin_action()
        self._tell(estate, health)
        self._cancel_orders(estate)
        for holding in estate.positions():
            self._sell(estate, holding)
        after = estate.health(self._mark_of)
        if after.equity_usd < 0 and self._rules.debt == "counterparties":
            self._deleveraging.close(estate)
            after = estate.health(self._mark_of)
        if after.is_beyond_the_book:
            self._hand_over(estate)
        self._exchange.drop_overcommitted()

    def _cancel_orders(self, estate: Estate) -> None:
        def is_covered(listing: Listing) -> bool:
            return listing.pair is None and estate.covers(listing)

        self._twaps.terminate(estate.account.address, is_covered)
        for order in list(estate.account.open_orders.values()):
            listing = order.listing
            is_part = estate.covers(listing) if listing.pair is None else estate.backs(order)
            if order.is_live and is_part:
                self._exchange.cancel(order, Status.LIQUIDATED_CANCELED)
                cancel = {"coin": listing.coin, "oid": order.oid}
                self._house.news.event(order.owner, {"nonUserCancel": [cancel]})

    # --- the book ---

    def _sell(self, estate: Estate, holding: Holding) -> None:
        """A market order, unless equity covers maintenance by now."""
        health = estate.health(self._mark_of)
        if not health.is_liquidatable or health.equity_usd <= 0:
            return
        size = self._size_to_send(estate.account, holding)
        px = self._limit_px(estate.account, holding, size, health.equity_usd)
        with self._forced.shown_as(estate, holding, "market"):
            self._exchange.place_forced(estate.account, closing_ticket(holding, size, px))

    def _size_to_send(self, account: Account, holding: Holding) -> int:
        size = abs(holding.size)
        now_ms = self._house.now_ms
        notional = size * self._mark_of(holding.listing.coin)
        is_whole = now_ms < self._whole_until_ms.get(account.address, 0)
        if is_whole or notional <= self._rules.partial_above_usd:
            return size
        self._whole_until_ms[account.address] = now_ms + self._rules.cooldown_ms
        return max(1, size // self._rules.parts)

    def _limit_px(self, account: Account, holding: Holding, size: int, equity_usd: int) -> int:
        """The worst price that `size` may trade at without spending more than the equity."""
        mark = self._mark_of(holding.listing.coin)
        fee = self._house.taker_rate(account)
        if holding.size > 0:
            least = (size * mark - equity_usd) * FEE_SCALE
            return max(1, -(-least // (size * (FEE_SCALE - fee))))
        return (size * mark + equity_usd) * FEE_SCALE // (size * (FEE_SCALE + fee))

    # --- the vault ---

    def _hand_over(self, estate: Estate) -> None:
        """Positions at mark, and the margin that is left with them, or the debt."""
        self.backstops += 1
        vault = self._house.open_account(VAULT, is_participant=True)
        estate_usd = estate.health(self._mark_of).equity_usd
        for holding in estate.positions():
            mark = self._mark_of(holding.listing.coin)
            with self._forced.shown_as(estate, holding, "backstop"):
                sides = Side(estate.account, is_taker=True), Side(vault, is_taker=False)
                self._forced.close(holding, abs(holding.size), mark, sides)
        estate.margin.raw_usd -= estate_usd
        vault.margin(estate.margin.dex).raw_usd += estate_usd
        self.vault_loss_usd += max(0, -estate_usd)

    def _tell(self, estate: Estate, health: Health) -> None:
        liquidation = {
            "lid": self._identities.oid(),
            "liquidator": VAULT,
            "liquidated_user": estate.account.address,
            "liquidated_ntl_pos": usd_text(health.notional_usd),
            "liquidated_account_value": usd_text(health.equity_usd),
        }
        self._house.news.event(estate.account.address, {"liquidation": liquidation})
        positions = [
            {"coin": holding.listing.coin, "szi": holding.listing.size_text(holding.size)}
            for holding in estate.positions()
        ]
        self._ledger.note(
            (estate.account.address,),
            "liquidation",
            liquidatedNtlPos=usd_text(health.notional_usd),
            accountValue=usd_text(health.equity_usd),
            leverageType=estate.kind,
            liquidatedPositions=positions,
        )
