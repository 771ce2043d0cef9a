"""The engine: what blocks do to accounts, books and prices. It knows no sockets and no IPs.

One block, in the real venue's order (protocol.md 2.11, venue.md 3.2):

    prices, triggers, liquidations, funding ─▶ post-only ─▶ cancels ─▶ markets ─▶ TWAPs, takers
"""

from __future__ import annotations

from decimal import Decimal

import msgspec
from msgspec.structs import replace

from hive.domain.identifiers import Address
from hive.localvenue.accounts.account import Account
from hive.localvenue.accounts.deeds import Deed
from hive.localvenue.accounts.fee_desk import FeeDesk
from hive.localvenue.actions.executor import Executor
from hive.localvenue.actions.scheduled_cancels import ScheduledCancels
from hive.localvenue.actions.twap_desk import TwapDesk
from hive.localvenue.clearing.clearing_house import ClearingHouse
from hive.localvenue.clearing.exchange import Exchange
from hive.localvenue.clock.blocks import ActionClass, BlockQueue, Submission
from hive.localvenue.config import VenueConfig
from hive.localvenue.identity import Identities
from hive.localvenue.limits.nonces import SignerNonces
from hive.localvenue.liquidation.liquidator import Liquidator
from hive.localvenue.listings.catalog import Catalog
from hive.localvenue.market_data.prices import Prices
from hive.localvenue.markets.seeded import seeded_sources
from hive.localvenue.markets.synthetic import Markets
from hive.localvenue.office.account_office import AccountOffice
from hive.localvenue.office.account_standing import AccountStanding
from hive.localvenue.office.modes import ModeActions
from hive.localvenue.operations.floor import MarketFloor
from hive.localvenue.operations.listing_changes import ListingOffice
from hive.localvenue.operations.market_clock import MarketClock
from hive.localvenue.operations.spot_dust import DustSweeper
from hive.localvenue.orders.books import Book
from hive.localvenue.orders.venue_order import VenueOrder
from hive.localvenue.units import USD, usd_of
from hive.localvenue.validation.market_bounds import CoinBounds, MarketBounds, recorded_bounds
from hive.localvenue.validation.modify_rules import LosesOpen, as_classed, none_lost
from hive.localvenue.views.market_state import MarketState
from hive.localvenue.views.truth import FillArchive
from hive.serving.port import Answer, Reply

Replies = list[tuple[Answer, Reply]]


class Engine:
    """Everything that a block changes."""

    def __init__(
        self, config: VenueConfig, markets: Markets, catalog: Catalog, loses: LosesOpen = none_lost
    ) -> None:
        catalog = catalog.copy()  # what is listed may change while it runs
        self._limits = config.limits
        self._modifies = config.modifies
        self._queue = BlockQueue(config.block_ms)
        self.archive = FillArchive()
        identities = Identities(config.seed, tid_bits=config.tid_bits)
        books = {listing.coin: Book(listing) for listing in catalog.listings}
        prices = Prices(books)
        self.house = self._clearing_house(config, catalog, prices, identities)
        exchange = self._exchange(books, identities, prices)
        self.market = MarketState(catalog, books, prices, self.house)
        self.house.now_ms = config.start_ms
        nonces = SignerNonces(config.limits)
        self.office = AccountOffice(
            self.house, exchange, self.market, identities, nonces=nonces, rules=config.accounts
        )
        self.house.fees.consult(AccountStanding(self.office.registry))
        self.twaps = self._twap_desk(config, exchange, identities, prices)
        self.scheduled = ScheduledCancels(self.house, exchange, config.scheduled_cancels)
        self.executor = Executor(
            catalog,
            self.house,
            exchange,
            self.office,
            identities,
            deeds=self._deeds_beside(prices),
            nonces=nonces,
            limits=config.limits,
            mark_of=prices.mark,
            modifies=config.modifies,
            loses_open=loses,
            is_open_told_first=config.is_open_told_first,
        )
        self.liquidator = self._liquidator(config, exchange, identities, prices)
        self.listings = ListingOffice(
            self.market, self.house, exchange, identities, markets=markets, config=config
        )
        self.dust = self._dust_sweeper(config, identities)
        self.clock = MarketClock(
            self.market, self.house, self.liquidator, markets, exchange, config=config
        )
        self.blocks = 0
        """Made so far."""
        for address, usd in config.funded.items():
            self.credit(address, usd_of(usd))
        self.clock.open(MarketFloor(books, self.house, exchange, identities))

    def _deeds_beside(self, prices: Prices) -> dict[type[msgspec.Struct], Deed]:
        """What is neither about orders and margin alone nor about accounts alone."""
        registry, running = self.office.registry, self.twaps.running
        modes = ModeActions(self.house, registry, prices.mark, running)
        return {**self.twaps.deeds(), **self.scheduled.deeds(), **modes.deeds()}

    def _exchange(self, books: dict[str, Book], identities: Identities, prices: Prices) -> Exchange:
        return Exchange(
            books,
            self.house,
            identities,
            prices.mark,
            open_orders_max=self._open_orders_max,
        )

    def _liquidator(
        self, config: VenueConfig, exchange: Exchange, identities: Identities, prices: Prices
    ) -> Liquidator:
        return Liquidator(
            self.house,
            exchange,
            identities,
            prices.mark,
            previous_mark_of=prices.previous_mark,
            rules=config.liquidation,
            ledger=self.office.ledger,
            twaps=self.twaps,
        )

    def _twap_desk(
        self, config: VenueConfig, exchange: Exchange, identities: Identities, prices: Prices
    ) -> TwapDesk:
        return TwapDesk(
            self.market.catalog,
            self.house,
            exchange,
            identities,
            prices.mark,
            rules=config.twaps,
            uniform=seeded_sources(config.seed)("twap slices"),
        )

    def _dust_sweeper(self, config: VenueConfig, identities: Identities) -> DustSweeper:
        profiles = self.office.registry.profiles
        return DustSweeper(
            self.market,
            self.house,
            identities,
            is_opted_out=lambda user: profiles.of(user).is_dusting_opted_out,
            period_ms=config.cadence.dust_ms,
            start_ms=config.start_ms,
        )

    def _clearing_house(
        self, config: VenueConfig, catalog: Catalog, prices: Prices, identities: Identities
    ) -> ClearingHouse:
        bounds = MarketBounds(
            {**recorded_bounds(catalog.dexes), **config.bounds},
            mark_of=prices.mark,
            oracle_of=prices.oracle,
        )
        return ClearingHouse(
            prices.mark,
            identities,
            self.archive,
            bounds=bounds,
            fees=FeeDesk(catalog.fees, config.fees, _recorded_day_usd(catalog)),
            fills_kept=config.pages.fills_reachable,
        )

    def credit(self, address: Address, usd: int, dex: str = "") -> Account:
        """Pay money in, in millionths of a USD; the account is opened if there is none."""
        return self.office.credit(address, usd, dex)

    def bind(self, coin: str, bounds: CoinBounds) -> bool:
        """Bound a perp's market from now on; False if there is no such perp."""
        listing = self.market.catalog.of_coin(coin)
        if listing is None or listing.pair is not None:
            return False
        self.house.bounds.bind(coin, bounds)
        return True

    def submit(self, submission: Submission, now_ms: int) -> None:
        """Let an action wait for the next block."""
        action = as_classed(submission.action, self._modifies)
        if action is not submission.action:
            submission = replace(submission, action=action)
        self._queue.submit(submission, now_ms)

    @property
    def block_due_ms(self) -> int:
        """When the next block is to be made: for actions that wait, or for the venue's own work."""
        parts = (self.clock, self.listings, self.dust, self.twaps, self.scheduled)
        next_ms = min(part.next_ms for part in parts)
        own_ms = self._queue.boundary_at_or_after(next_ms)
        actions_ms = self._queue.due_ms
        return own_ms if actions_ms is None else min(own_ms, actions_ms)

    def make_block(self, now_ms: int) -> Replies:
        """Carry out everything that is due; the answers, to be given once all is told.

        What changed is in `house.news` until the next block.
        """
        self.blocks += 1
        self.house.begin_block(now_ms)
        self.office.ledger.begin_block()
        self.listings.begin_block(now_ms)
        self.dust.begin_block(now_ms)
        self.clock.begin(now_ms)
        self.office.begin_block()
        self.scheduled.begin_block(now_ms)
        replies: Replies = []
        self._carry_out(ActionClass.PASSIVE, replies)
        self._carry_out(ActionClass.CANCEL, replies)
        self.clock.trade(now_ms)
        self.twaps.advance(now_ms)
        self._carry_out(ActionClass.TAKING, replies)
        self.market.take(self.house.news, now_ms)
        return replies

    def _carry_out(self, action_class: ActionClass, replies: Replies) -> None:
        for submission in self._queue.take(action_class):
            body = msgspec.json.encode(self.executor.execute(submission))
            replies.append((submission.answer, Reply(200, body)))

    def _open_orders_max(self, account: Account, order: VenueOrder) -> int:
        """What volume has earned beyond the first thousand is for plain orders that open risk."""
        if order.reduce_only or order.trigger is not None:
            return self._limits.orders_open_initial
        return self._limits.orders_open_cap(account.volume_usd // USD)


def _recorded_day_usd(catalog: Catalog) -> int:
    """What everything traded on the day of the recording."""
    return sum(usd_of(Decimal(listing.recorded["dayNtlVlm"])) for listing in catalog.listings)
