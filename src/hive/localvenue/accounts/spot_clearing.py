"""What a spot trade does: tokens change hands, open orders bind them, fees are taken out of them.

A buyer pays the fee in the token that is bought, a seller in the quote token (protocol.md 2.11).
Tokens are neither made nor lost: what all accounts, the synthetic participants and the collected
fees hold together only changes when somebody is credited.
"""

from __future__ import annotations

from typing import Final

from hive.localvenue.accounts.account import Account
from hive.localvenue.listings.perp_fees import FEE_SCALE
from hive.localvenue.listings.spot_balances import USDC
from hive.localvenue.listings.spot_pairs import SpotFill, SpotPair
from hive.localvenue.orders.venue_order import VenueOrder
from hive.localvenue.units import divided

BETWEEN_QUOTES_DIVISOR: Final = 5
"""Fees and volume of a pair of two quote tokens (venue.md 2: a fifth)."""


class SpotClearing:
    """The spot side of the clearing house."""

    def __init__(self) -> None:
        self.market_wei: dict[int, int] = {}
        """What the synthetic participants hold together, by token; negative is what they owe."""
        self.fees_wei: dict[int, int] = {}
        """All fees ever paid, by token."""

    # --- open orders ---

    def enter(self, account: Account, order: VenueOrder) -> None:
        """An order that rests binds what it would give."""
        token, wei = bound_by(order, order.open_size)
        account.spot.bind(token, wei)

    def release(self, account: Account, order: VenueOrder, size: int) -> None:
        """`size` of a resting order is no longer open."""
        token, wei = bound_by(order, size)
        account.spot.release(token, wei)

    def reach(self, account: Account, order: VenueOrder, px: int) -> int:
        """How much of an order that takes at `px` its owner can pay for."""
        if account.is_participant:
            return order.open_size
        pair = order.listing.pair
        assert pair is not None
        if order.is_buy:
            return pair.lots_within(account.spot.free(pair.quote.index), px)
        return account.spot.free(pair.base.index) // pair.lot_wei

    # --- trades ---

    def settle(
        self, account: Account, order: VenueOrder, px: int, size: int, *, rate: int
    ) -> SpotFill:
        """One side of a trade at that fee rate; what it gives is free by now."""
        pair = order.listing.pair
        assert pair is not None
        quote_wei = pair.quote_wei(px, size)
        base_wei = size * pair.lot_wei
        if pair.is_between_quotes:
            rate = rate // BETWEEN_QUOTES_DIVISOR
        fee_quote_wei = quote_wei * rate // FEE_SCALE
        start_wei = account.spot.total(pair.base.index)
        closed_wei = 0
        builder_wei = _builder_wei(order, pair, quote_wei)
        if order.is_buy:
            fee_token, fee_wei = pair.base, pair.base_fee_wei(fee_quote_wei, px)
            self._give(account, pair.quote.index, quote_wei)
            cost_wei = quote_wei - fee_quote_wei
            self._receive(account, pair.base.index, base_wei - fee_wei, cost_wei, pair)
        else:
            fee_token, fee_wei = pair.quote, fee_quote_wei + builder_wei
            cost_usd = self._give(account, pair.base.index, base_wei)
            closed_wei = quote_wei - cost_usd * pair.usd_wei
            self._receive(account, pair.quote.index, quote_wei - fee_wei, 0, pair)
        own_wei = fee_wei - builder_wei
        self.fees_wei[fee_token.index] = self.fees_wei.get(fee_token.index, 0) + own_wei
        return SpotFill(
            pair=pair,
            start_wei=start_wei,
            fee_token=fee_token,
            fee_wei=fee_wei,
            fee_quote_wei=fee_quote_wei,
            closed_wei=closed_wei,
            builder_wei=builder_wei,
        )

    def convert_dust(self, account: Account, pair: SpotPair, px: int) -> SpotFill:
        """Take all of a base token, which is less than a lot, for what it is worth."""
        wei = account.spot.total(pair.base.index)
        self._give(account, pair.base.index, wei)
        quote_wei = pair.quote_wei(px, 1) * wei // pair.lot_wei
        account.spot.receive(pair.quote.index, quote_wei)
        for token, change in ((pair.base.index, wei), (pair.quote.index, -quote_wei)):
            self.market_wei[token] = self.market_wei.get(token, 0) + change
        return SpotFill(
            pair=pair,
            start_wei=wei,
            fee_token=pair.quote,
            fee_wei=0,
            fee_quote_wei=0,
            closed_wei=0,
            dust_wei=wei,
        )

    def _give(self, account: Account, token: int, wei: int) -> int:
        """What the given had cost, in millionths of a USD."""
        if account.is_participant:
            self.market_wei[token] = self.market_wei.get(token, 0) - wei
            return 0
        return account.spot.give(token, wei)

    def _receive(
        self, account: Account, token: int, wei: int, cost_wei: int, pair: SpotPair
    ) -> None:
        if account.is_participant:
            self.market_wei[token] = self.market_wei.get(token, 0) + wei
        else:
            account.spot.receive(token, wei, entry_usd=divided(cost_wei, pair.usd_wei))


def _builder_wei(order: VenueOrder, pair: SpotPair, quote_wei: int) -> int:
    """What a seller for USDC pays the builder, in whole millionths of a USD."""
    if order.builder is None or order.is_buy or pair.quote.index != USDC:
        return 0
    wei = order.builder.of(quote_wei)
    return wei - wei % pair.usd_wei


def bound_by(order: VenueOrder, size: int) -> tuple[int, int]:
    """The token and how much of it `size` of an order binds: a buy its quote, a sell its base."""
    pair = order.listing.pair
    assert pair is not None
    if order.is_buy:
        return pair.quote.index, pair.quote_wei(order.px, size)
    return pair.base.index, size * pair.lot_wei
