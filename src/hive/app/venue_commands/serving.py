"""A local venue built from its options, and served until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from msgspec.structs import replace

from hive.app.venue_commands.feed import LiveFeed, catalog_of_universe, coins_of_universe
from hive.app.venue_commands.options import PORT_DEFAULT, VenueOptions, VenueReady
from hive.app.venue_commands.paced_clock import PacedClock
from hive.app.venue_commands.replay import replayed
from hive.domain.errors import ConfigRefused
from hive.domain.instruments import unknown_coin
from hive.localvenue.config import MEASURED_LIMITS, VenueConfig
from hive.localvenue.listings.catalog import Catalog, recorded_catalog
from hive.localvenue.market_data.candles import HistoryShape
from hive.localvenue.markets.feed import HOLD_MS_DEFAULT, FeedMarkets
from hive.localvenue.markets.feed_events import FeedEvent
from hive.localvenue.markets.generic import venue_specs
from hive.localvenue.markets.recordings import Universe
from hive.localvenue.markets.regimes import REGIMES
from hive.localvenue.markets.seeded import seeded_sources
from hive.localvenue.markets.synthetic import Markets, MarketSettings, SyntheticMarkets
from hive.localvenue.operations.builder_dexes import offer
from hive.localvenue.operations.listing_changes import ImpossibleListing, check_plan
from hive.localvenue.venue import LocalVenue
from hive.localvenue.views.market_state import NO_HISTORY
from hive.runtime.clock import SystemClock
from hive.runtime.net_live import LiveNet
from hive.runtime.ports import Clock
from hive.runtime.rng import SystemRng
from hive.serving.line import LatencyProfile, Line
from hive.serving.web_server import VenueServer

PORTS_TRIED_MAX: Final = 20
HOST: Final = "127.0.0.1"
PARENT_CHECK_S: Final = 1.0
UNREACHABLE: Final = 10**9
FOLLOWING: Final = LatencyProfile(base_ms=HOLD_MS_DEFAULT)
NO_LIMITS: Final = replace(
    MEASURED_LIMITS,
    weight_per_min=UNREACHABLE,
    connections_max=UNREACHABLE,
    new_connections_per_min=UNREACHABLE,
    subscriptions_max=UNREACHABLE,
    users_max=UNREACHABLE,
    messages_per_min=UNREACHABLE,
    posts_in_flight_max=UNREACHABLE,
    requests_initial=UNREACHABLE,
    unified_actions_per_day=UNREACHABLE,
)
"""What bounds one IP or address by count and time is lifted; rules about orders stay."""


async def serve_venue(
    options: VenueOptions, on_ready: Callable[[VenueReady], None], *, with_parent: bool = False
) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises:
        Busy: the port is taken.
        ConfigRefused: a listing that is planned could not be made.
        LinkError: the venue that is to be followed cannot be reached.
        Unreadable: what is to be played cannot be.
        UnknownCoin: a coin that is named is not there.
    """
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with _fed(options) as feed:
        server = venue_server(options, feed)
        # What exists at the opening lives as long as the venue: the collector, which would stop it
        # for tenths of a second with ten thousand accounts, never has to look at that again.
        gc.freeze()
        port = await server.start()
        try:
            if feed is not None:
                await feed.start(server.nudge)
            url = f"http://{HOST}:{port}"
            on_ready(VenueReady(url, port, options.seed, options.network.value))
            if with_parent:
                _stop_with_parent(stopped, os.getppid())
            await stopped.wait()
        finally:
            await server.aclose()


def venue_server(options: VenueOptions, feed: Fed | None = None) -> VenueServer:
    """A local venue with its markets, and the server around it.

    Raises:
        ConfigRefused: a listing that is planned could not be made.
        Unreadable: what is to be played cannot be.
        UnknownCoin: a coin that is named is not there.
    """
    catalog, markets = _world(options, feed)
    _check_listings(options, catalog)
    clock = PacedClock(SystemClock(), options.speed)
    config = VenueConfig(
        start_ms=clock.now_ms(),
        seed=options.seed,
        network=options.network.value,
        faucet_usd=options.faucet_usd,
        funded=options.funded,
        limits=replace(MEASURED_LIMITS if options.has_limits else NO_LIMITS, **options.limits),
        liquidation=options.liquidation,
        block_ms=options.block_ms,
        is_stepped=options.is_stepped,
        listing_changes=options.listings,
        fault_script=options.faults,
        chaos_seed=options.chaos_seed,
        # A made-up past would not lead to prices that are real.
        history=HistoryShape() if isinstance(markets, SyntheticMarkets) else NO_HISTORY,
    )
    return VenueServer(
        LocalVenue(config, markets, catalog),
        clock,
        host=HOST,
        port=PORT_DEFAULT if options.port is None else options.port,
        ports_tried=PORTS_TRIED_MAX if options.port is None else 1,
        limits=config.limits,
        pace=options.speed,
        line=Line(
            options.latency or (FOLLOWING if feed else None), seeded_sources(options.seed)("line")
        ),
    )


def _world(options: VenueOptions, feed: Fed | None) -> tuple[Catalog, Markets]:
    """What is listed and what moves it: another venue, a recording, or chance."""
    if feed is not None:
        return feed.catalog, feed.markets
    if options.replay is not None:
        return replayed(options.replay, taker_at=options.taker_at.value, coins=options.names)
    catalog = recorded_catalog()
    try:
        offer(options.dex_perps, catalog)
    except ImpossibleListing as error:
        raise ConfigRefused(f"of the builder dexes' perps one cannot be listed: {error}") from None
    return catalog, synthetic_markets(options, catalog)


def _check_listings(options: VenueOptions, catalog: Catalog) -> None:
    try:
        check_plan(options.listings, catalog)
    except ImpossibleListing as error:
        raise ConfigRefused(f"of the listings one cannot be made: {error}") from None


def synthetic_markets(options: VenueOptions, catalog: Catalog) -> SyntheticMarkets:
    """Markets out of nothing, as many and of the kind that the options say.

    Raises:
        UnknownCoin: a coin that is named is not listed, or not traded any more.
    """
    specs = venue_specs(catalog, options.coins)
    for name in options.names:
        if name not in specs:
            raise unknown_coin(name, specs, said="nothing that is traded is called")
    settings = MarketSettings(regime=REGIMES[options.regime.value])
    names = (*options.names, *(perp.coin for perp in options.dex_perps)) if options.names else specs
    return SyntheticMarkets(seeded_sources(options.seed), names, settings, specs=specs)


@asynccontextmanager
async def _fed(options: VenueOptions) -> AsyncIterator[Fed | None]:
    """The venue that is to be followed, if there is one; let go of at the end."""
    if options.feed is None:
        yield None
        return
    net, clock = LiveNet(), SystemClock()
    live = LiveFeed(net, clock, SystemRng(), url=options.feed)
    try:
        universe = await live.universe()
        coins = coins_of_universe(universe, names=options.names, count=options.coins)
        yield Fed(live, universe, coins, clock)
    finally:
        await live.aclose()
        await net.aclose()


class Fed:
    """Another venue's universe and streams, and the markets that they move here."""

    def __init__(
        self, live: LiveFeed, universe: Universe, coins: dict[str, float], clock: Clock
    ) -> None:
        self._live = live
        self._coins = coins
        self._clock = clock
        self._on_news: Callable[[], None] | None = None
        self.catalog = catalog_of_universe(universe)
        self.markets = FeedMarkets(coins)

    async def start(self, on_news: Callable[[], None]) -> None:
        """Follow from here on; `on_news` is called after each event."""
        self._on_news = on_news
        await self._live.start(self._coins, self._take)

    def _take(self, event: FeedEvent) -> None:
        assert self._on_news is not None, "start comes first"
        self.markets.take(event, self._clock.now_ms())
        self._on_news()


def _stop_with_parent(stopped: asyncio.Event, parent: int) -> None:
    """An orphan gets another parent; then nobody is left to stop it."""
    if os.getppid() != parent:
        stopped.set()
    else:
        loop = asyncio.get_running_loop()
        loop.call_later(PARENT_CHECK_S, _stop_with_parent, stopped, parent)
