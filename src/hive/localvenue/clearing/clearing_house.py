"""Between the two sides of a trade: positions, cash, fees, and what is noted of it.

Behind `matching.Clearing`. It owns the accounts and is the only part that changes them. Every
change is noted in the block's `News`; accounts of the synthetic markets trade like others, but
leave no records.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from hive.domain.identifiers import Address
from hive.localvenue.accounts.account import Account, FillRow, Holding, direction
from hive.localvenue.accounts.fee_desk import FeeDesk
from hive.localvenue.accounts.spot_clearing import BETWEEN_QUOTES_DIVISOR, SpotClearing
from hive.localvenue.clearing.news import News, TradeRow
from hive.localvenue.identity import Identities
from hive.localvenue.listings.catalog import Listing
from hive.localvenue.listings.perp_fees import PerpFee, perp_fee
from hive.localvenue.listings.spot_pairs import SpotFill
from hive.localvenue.margin.exposure import Exposure
from hive.localvenue.margin.requirements import MarkOf, fee_reserve_usd, summarize_common
from hive.localvenue.orders.builder_fees import BuilderPurse
from hive.localvenue.orders.triggers import FamilyNews
from hive.localvenue.orders.venue_order import Status, VenueOrder
from hive.localvenue.units import divided
from hive.localvenue.validation.market_bounds import MarketBounds
from hive.localvenue.validation.priority_rates import owed_usd


class Forced(msgspec.Struct, frozen=True):
    """How fills show a trade that the venue forces."""

    liquidation: dict[str, str]
    """On the fills of both sides."""
    user: Address
    """Who is liquidated."""
    word: str | None
    """The direction of that user's fills, if it is not what trades are called otherwise."""
    other_word: str
    """Then also that of the other side's."""

    def direction_of(self, owner: Address) -> str | None:
        if self.word is None:
            return None
        return self.word if owner == self.user else self.other_word


class FillObserver(Protocol):
    """Who keeps every fill for ever: the truth that others are compared with."""

    def filled(self, user: Address, fill: FillRow) -> None: ...


class ClearingHouse:
    """The accounts, and what trades do to them."""

    def __init__(
        self,
        mark_of: MarkOf,
        identities: Identities,
        observer: FillObserver,
        *,
        bounds: MarketBounds,
        fees: FeeDesk,
        fills_kept: int,
    ) -> None:
        self._mark_of = mark_of
        self._identities = identities
        self._observer = observer
        self.fees = fees
        self._fills_kept = fills_kept
        self._overcommitted: dict[tuple[Address, str], Holding] = {}
        self.spot = SpotClearing()
        self.accounts: dict[Address, Account] = {}
        self.bounds = bounds
        self.fees_usd = 0
        """All fees ever paid."""
        self.forced: Forced | None = None
        """Set while the venue forces a trade."""
        self.builders: BuilderPurse | None = None
        """Who is given what builders earn."""
        self.exposure = Exposure(mark_of)
        self.now_ms = 0
        self.news = News()
        self.family_news = FamilyNews()
        """Ends of orders whose families are still to follow."""

    def begin_block(self, now_ms: int) -> None:
        """What happens from here on has this time, and starts new news."""
        self.now_ms = now_ms
        self.news = News()
        self._identities.begin_block()

    def open_account(self, address: Address, *, is_participant: bool = False) -> Account:
        """The account of that address, opened if there is none."""
        account = self.accounts.get(address)
        if account is None:
            account = self.accounts[address] = Account(
                address, fills_kept=self._fills_kept, is_participant=is_participant
            )
        return account

    # --- Clearing, for matching ---

    def admits(self, maker: VenueOrder, size: int) -> int | Status:
        account = self.accounts[maker.owner]
        if account.is_participant or maker.listing.pair is not None:
            return size  # a resting spot order has bound what it gives
        holding = account.holding(maker.listing)
        position = holding.size if maker.is_buy else -holding.size
        if maker.reduce_only:
            return min(size, -position) if position < 0 else Status.REDUCE_ONLY_CANCELED
        if self.bounds.bars(maker, position, size):
            return Status.OPEN_INTEREST_CAP_CANCELED
        if size <= -position or self._affords(account, holding, maker, size):
            return size
        return Status.MARGIN_CANCELED

    def reach(self, taker: VenueOrder, px: int) -> int:
        if taker.listing.pair is None:
            return taker.open_size  # margin was checked as a whole
        return self.spot.reach(self.accounts[taker.owner], taker, px)

    def trade(self, maker: VenueOrder, taker: VenueOrder, size: int) -> None:
        buyer, seller = (taker, maker) if taker.is_buy else (maker, taker)
        tid = self._identities.tid(buyer.oid, seller.oid)
        trade = TradeRow(
            listing=maker.listing,
            is_buy=taker.is_buy,
            px=maker.px,
            size=size,
            ms=self.now_ms,
            hash=self._identities.hash,
            tid=tid,
            buyer=buyer.owner,
            seller=seller.owner,
        )
        self.news.trade(trade)
        if maker.listing.pair is None:
            self.accounts[maker.owner].holding(maker.listing).count_order(maker, -size)
            self.settle(taker, trade, self._fee(taker, trade, is_taker=True), is_taker=True)
            self.settle(maker, trade, self._fee(maker, trade, is_taker=False), is_taker=False)
        else:
            self._release_spot(maker, size)
            self._settle_spot(taker, trade, is_taker=True)
            self._settle_spot(maker, trade, is_taker=False)
        if maker.open_size:
            self.note(maker, Status.OPEN)
        else:
            self.leave(maker)
            self.note(maker, Status.FILLED)

    def expel(self, maker: VenueOrder, status: Status) -> None:
        self.leave(maker)
        self.note(maker, status)
        if not self.accounts[maker.owner].is_participant:
            cancel = {"coin": maker.listing.coin, "oid": maker.oid}
            self.news.event(maker.owner, {"nonUserCancel": [cancel]})

    # --- what the exchange asks for ---

    def settle(
        self,
        order: VenueOrder,
        trade: TradeRow,
        fee: PerpFee,
        *,
        is_taker: bool,
        named: str | None = None,
    ) -> None:
        """One side of a trade: cash, position, fee and its record. `named`: the record's `dir`."""
        account = self.accounts[order.owner]
        margin = account.margin(order.listing.dex)
        holding = margin.holding(order.listing)
        start = holding.size
        signed = trade.size if order.is_buy else -trade.size
        closed_usd = margin.trade(holding, signed, trade.px)
        notional = trade.size * trade.px
        builder_usd = order.builder.of(notional) if order.builder else 0
        own_usd = fee.usd + owed_usd(notional, order.priority_rate)
        margin.raw_usd -= own_usd + builder_usd
        account.volume_usd += notional
        self.fees_usd += own_usd
        self._count_open_interest(order.listing, start, holding.size)
        if account.is_participant:
            return
        self._reward(order, builder_usd)
        self.exposure.traded(account, order.listing.coin)
        word = self.forced.direction_of(order.owner) if self.forced else named
        fill = FillRow(
            listing=order.listing,
            px=trade.px,
            size=trade.size,
            is_buy=order.is_buy,
            ms=trade.ms,
            start_position=start,
            direction=word or direction(start, signed),
            closed_usd=closed_usd,
            hash=trade.hash,
            oid=order.oid,
            is_taker=is_taker,
            fee_usd=own_usd + builder_usd,
            deployer_usd=fee.deployer_usd,
            builder_usd=builder_usd,
            tid=trade.tid,
            cloid=order.cloid,
            twap_id=order.twap_id,
            liquidation=self.forced.liquidation if self.forced else None,
        )
        self.keep(account, fill)
        if holding.reducing or holding.waiting:
            self._overcommitted[order.owner, order.listing.coin] = holding

    def taker_rate(self, account: Account) -> int:
        """What the account pays for taking perps, in ten-millionths of the notional."""
        return self.fees.rate(account, self.now_ms, is_spot=False, is_taker=True)

    def _fee(self, order: VenueOrder, trade: TradeRow, *, is_taker: bool) -> PerpFee:
        """What one side of a perp trade pays; its volume counts for later fees."""
        account = self.accounts[order.owner]
        usd = trade.px * trade.size
        rate = self.fees.rate(account, self.now_ms, is_spot=False, is_taker=is_taker)
        self.fees.traded(account, usd, self.now_ms, is_spot=False, is_taker=is_taker)
        return perp_fee(usd, rate, trade.listing.deployer)

    def keep(self, account: Account, fill: FillRow) -> None:
        """Remember a fill and tell of it."""
        account.fills.append(fill)
        self._observer.filled(account.address, fill)
        self.news.fill(account.address, fill)

    def enter(self, order: VenueOrder) -> None:
        """Count an order that went into the book."""
        account = self.accounts[order.owner]
        if account.is_participant:
            return
        account.open_orders[order.oid] = order
        if order.listing.pair is not None:
            self.spot.enter(account, order)
            return
        holding = account.holding(order.listing)
        holding.count_order(order, order.open_size)
        if order.reduce_only:
            holding.reducing[order.oid] = order
            self._overcommitted[order.owner, order.listing.coin] = holding

    def hold(self, order: VenueOrder) -> None:
        """Count an order that waits for its parent: it is open, and no more than that."""
        self.accounts[order.owner].open_orders[order.oid] = order

    def wait(self, order: VenueOrder) -> None:
        """Count an order that waits for its trigger: it is open, and binds nothing."""
        self.hold(order)
        account = self.accounts[order.owner]
        if order.reduce_only:
            account.holding(order.listing).waiting[order.oid] = order

    def stop_waiting(self, order: VenueOrder) -> None:
        """Count an order that waits no longer, if it was counted: not with a refused parent."""
        account = self.accounts[order.owner]
        account.open_orders.pop(order.oid, None)
        account.holding(order.listing).waiting.pop(order.oid, None)

    def leave(self, order: VenueOrder) -> None:
        """Count an order that left the book, with what of it was still open."""
        account = self.accounts[order.owner]
        if account.is_participant:
            return
        del account.open_orders[order.oid]
        if order.listing.pair is not None:
            self.spot.release(account, order, order.open_size)
            return
        holding = account.holding(order.listing)
        holding.count_order(order, -order.open_size)
        holding.reducing.pop(order.oid, None)

    def note(self, order: VenueOrder, status: Status) -> None:
        """Give an order its status and tell of it."""
        if self.accounts[order.owner].is_participant:
            order.status = status
            return
        order.enter(status, self.now_ms)
        self.news.order(order, status, order.open_size, self.now_ms)
        if order.family is not None and not order.is_live:
            self.family_news.ended(order)

    def take_overcommitted(self) -> list[VenueOrder]:
        """Reduce-only orders that must leave: together they would close more than there is.

        The older go first (venue.md 3.4). A last one that is too large stays; when it trades it is
        cut to the position. Of those that wait for a trigger only those leave that would close
        nothing: which of them will be triggered is not known.
        """
        leaving: list[VenueOrder] = []
        if not self._overcommitted:
            return leaving
        for holding in self._overcommitted.values():
            position = holding.size
            orders = list(holding.reducing.values())
            useless = [order for order in orders if position * (1 if order.is_buy else -1) >= 0]
            useful = [order for order in orders if order not in useless]
            excess = sum(order.open_size for order in useful) - abs(position)
            while excess > 0 and len(useful) > 1:
                oldest = useful.pop(0)
                excess -= oldest.open_size
                useless.append(oldest)
            waiting = holding.waiting.values()
            useless += [each for each in waiting if position * (1 if each.is_buy else -1) >= 0]
            leaving.extend(useless)
        self._overcommitted.clear()
        return leaving

    def _release_spot(self, maker: VenueOrder, size: int) -> None:
        account = self.accounts[maker.owner]
        if not account.is_participant:
            self.spot.release(account, maker, size)

    def _settle_spot(self, order: VenueOrder, trade: TradeRow, *, is_taker: bool) -> None:
        """One side of a spot trade: tokens, fee and its record."""
        account = self.accounts[order.owner]
        rate = self.fees.rate(account, self.now_ms, is_spot=True, is_taker=is_taker)
        spot = self.spot.settle(account, order, trade.px, trade.size, rate=rate)
        volume_usd = trade.listing.usd_of(trade.px * trade.size)
        if spot.pair.is_between_quotes:
            volume_usd //= BETWEEN_QUOTES_DIVISOR
        account.volume_usd += volume_usd
        self.fees.traded(account, volume_usd, self.now_ms, is_spot=True, is_taker=is_taker)
        if account.is_participant:
            return
        self._reward(order, spot.builder_wei // spot.pair.usd_wei)
        fill = _spot_fill(order, trade, spot, is_taker=is_taker)
        self.keep(account, fill)

    def _reward(self, order: VenueOrder, usd: int) -> None:
        """Give a builder its fee; one whose account is unified earns none (venue.md)."""
        if not (usd and order.builder and self.builders):
            return
        builder = self.accounts.get(order.builder.builder)
        if builder is not None and builder.is_unified:
            self.fees_usd += usd
        else:
            self.builders.reward(order.builder.builder, usd)

    def _affords(self, account: Account, holding: Holding, maker: VenueOrder, size: int) -> bool:
        """Whether the account's equity covers the initial margin after the trade."""
        signed = size if maker.is_buy else -size
        mark = self._mark_of(maker.listing.coin)
        summary = summarize_common(account.margin(maker.listing.dex), self._mark_of)
        if holding.is_isolated:
            opening = size - max(0, -holding.size if maker.is_buy else holding.size)
            margin_usd = opening * maker.px // holding.leverage
            needed_usd = margin_usd + fee_reserve_usd(size, maker.px)
            return summary.margin_used_usd + needed_usd <= summary.equity_usd
        held, held_after = abs(holding.size) * mark, abs(holding.size + signed) * mark
        change = held_after // holding.leverage - held // holding.leverage
        equity_after = summary.equity_usd + signed * (mark - maker.px)
        return summary.margin_used_usd + change <= equity_after

    def _count_open_interest(self, listing: Listing, before: int, after: int) -> None:
        change = max(after, 0) - max(before, 0)
        if change:
            long_size = self.bounds.long_size_by_coin.get(listing.coin, 0)
            self.bounds.long_size_by_coin[listing.coin] = long_size + change


def _spot_fill(order: VenueOrder, trade: TradeRow, spot: SpotFill, *, is_taker: bool) -> FillRow:
    return FillRow(
        listing=order.listing,
        px=trade.px,
        size=trade.size,
        is_buy=order.is_buy,
        ms=trade.ms,
        start_position=spot.start_wei // spot.pair.lot_wei,
        direction="Buy" if order.is_buy else "Sell",
        closed_usd=divided(spot.closed_wei, spot.pair.usd_wei),
        hash=trade.hash,
        oid=order.oid,
        is_taker=is_taker,
        fee_usd=(spot.fee_quote_wei + spot.builder_wei) // spot.pair.usd_wei,
        builder_usd=spot.builder_wei // spot.pair.usd_wei,
        tid=trade.tid,
        cloid=order.cloid,
        twap_id=order.twap_id,
        spot=spot,
    )
