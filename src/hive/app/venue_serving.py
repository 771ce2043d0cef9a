"""A local venue built from its options, and served until it is told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from typing import Final

from hive.app.venue_options import PORT_DEFAULT, VenueOptions, VenueReady
from hive.hyperliquid.limits import VenueLimits
from hive.localvenue.catalog import Catalog, recorded_catalog
from hive.localvenue.config import VenueConfig
from hive.localvenue.markets import MarketSettings, SyntheticMarkets
from hive.localvenue.markets_generic import venue_specs
from hive.localvenue.markets_regimes import REGIMES
from hive.localvenue.seeded import seeded_sources
from hive.localvenue.venue import LocalVenue
from hive.runtime.clock import SystemClock
from hive.serving.web_server import VenueServer

PORTS_TRIED_MAX: Final = 20
HOST: Final = "127.0.0.1"
PARENT_CHECK_S: Final = 1.0
UNREACHABLE: Final = 10**9
NO_LIMITS: Final = VenueLimits(
    weight_per_min=UNREACHABLE,
    connections_max=UNREACHABLE,
    new_connections_per_min=UNREACHABLE,
    subscriptions_max=UNREACHABLE,
    users_max=UNREACHABLE,
    messages_per_min=UNREACHABLE,
    posts_in_flight_max=UNREACHABLE,
    requests_initial=UNREACHABLE,
)
"""What bounds one IP or address by count and time is lifted; rules about orders stay."""


async def serve_venue(
    options: VenueOptions, on_ready: Callable[[VenueReady], None], *, with_parent: bool = False
) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises:
        Busy: the port is taken.
    """
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    server = venue_server(options)
    port = await server.start()
    try:
        url = f"http://{HOST}:{port}"
        on_ready(VenueReady(url, port, options.seed, options.network.value))
        if with_parent:
            _stop_with_parent(stopped, os.getppid())
        await stopped.wait()
    finally:
        await server.aclose()


def venue_server(options: VenueOptions) -> VenueServer:
    """A local venue with its markets, and the server around it."""
    clock = SystemClock()
    config = VenueConfig(
        start_ms=clock.now_ms(),
        seed=options.seed,
        network=options.network.value,
        faucet_usd=options.faucet_usd,
        funded=options.funded,
        limits=VenueLimits() if options.has_limits else NO_LIMITS,
    )
    catalog = recorded_catalog()
    return VenueServer(
        LocalVenue(config, synthetic_markets(options, catalog), catalog),
        clock,
        host=HOST,
        port=PORT_DEFAULT if options.port is None else options.port,
        ports_tried=PORTS_TRIED_MAX if options.port is None else 1,
        limits=config.limits,
    )


def synthetic_markets(options: VenueOptions, catalog: Catalog) -> SyntheticMarkets:
    """Markets out of nothing, as many and of the kind that the options say."""
    specs = venue_specs(catalog, options.coins)
    settings = MarketSettings(regime=REGIMES[options.regime.value])
    return SyntheticMarkets(seeded_sources(options.seed), specs, settings, specs=specs)


def _stop_with_parent(stopped: asyncio.Event, parent: int) -> None:
    """An orphan gets another parent; then nobody is left to stop it."""
    if os.getppid() != parent:
        stopped.set()
    else:
        loop = asyncio.get_running_loop()
        loop.call_later(PARENT_CHECK_S, _stop_with_parent, stopped, parent)
