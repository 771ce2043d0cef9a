"""`hive venue serve`: the local venue as a process of its own, for demos, tests and other clients.

It says one line when it is ready and runs until Ctrl-C (or SIGTERM), then exits 0. A port that was
asked for is used, or named as taken; without `--port` it is the first free one from the default on.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Annotated, Final

import msgspec
import typer

from hive.app.complaint import told
from hive.domain.errors import MalformedIdentifier, OperatorError
from hive.domain.identifiers import Address, parse_address
from hive.hyperliquid.limits import VenueLimits
from hive.localvenue.catalog import recorded_catalog
from hive.localvenue.config import VenueConfig
from hive.localvenue.markets import SyntheticMarkets
from hive.localvenue.seeded import seeded_sources
from hive.localvenue.venue import LocalVenue
from hive.runtime.clock import SystemClock
from hive.serving.web_server import VenueServer

PORT_DEFAULT: Final = 8421
PORTS_TRIED_MAX: Final = 20
HOST: Final = "127.0.0.1"
PARENT_CHECK_S: Final = 1.0
USAGE_ERROR: Final = 2
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


class NetworkName(Enum):
    """Which network's signatures are taken."""

    TESTNET = "testnet"
    MAINNET = "mainnet"


class VenueOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What to serve. `port` None means the first free one; 0 any free one."""

    port: int | None = None
    seed: int = 1
    network: NetworkName = NetworkName.TESTNET
    faucet_usd: Decimal = Decimal(0)
    funded: Mapping[Address, Decimal] = {}
    has_limits: bool = True


class VenueReady(msgspec.Struct, frozen=True):
    """The ready line for machines."""

    venue: str
    port: int
    seed: int
    network: str


venue_app = typer.Typer(no_args_is_help=True, help="The local venue: Hyperliquid's protocol, ours.")


@venue_app.callback()
def venue() -> None:
    """The local venue: Hyperliquid's protocol, our own exchange behind it."""


@venue_app.command("serve")
def serve(
    *,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65_535, help=f"From {PORT_DEFAULT} on if not given; 0 is any."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides everything left to chance.")] = 1,
    network: Annotated[
        NetworkName, typer.Option(help="The official SDK signs for testnet on an own URL.")
    ] = NetworkName.TESTNET,
    faucet: Annotated[
        str, typer.Option(metavar="USD", help="Given to each address when it is first named.")
    ] = "0",
    fund: Annotated[
        list[str] | None, typer.Option(metavar="ADDR=USD", help="An account with money.")
    ] = None,
    limits: Annotated[bool, typer.Option(help="Enforce the venue's rate limits.")] = True,
    json: Annotated[bool, typer.Option("--json", help="The ready line as JSON.")] = False,
    with_parent: Annotated[
        bool, typer.Option("--with-parent", help="Stop when the process that started it is gone.")
    ] = False,
) -> None:
    """Serve /info, /exchange and /ws on this machine until Ctrl-C."""
    options = VenueOptions(
        port=port,
        seed=seed,
        network=network,
        faucet_usd=_money(faucet, "--faucet"),
        funded=dict(_funding(text) for text in fund or []),
        has_limits=limits,
    )

    def say_ready(ready: VenueReady) -> None:
        line = f"venue {ready.venue} seed {ready.seed}"
        typer.echo(msgspec.json.encode(ready) if json else line)
        sys.stdout.flush()

    try:
        asyncio.run(serve_venue(options, say_ready, with_parent=with_parent))
    except OperatorError as error:
        typer.echo(told(error), err=True, nl=False)
        raise typer.Exit(USAGE_ERROR) from None


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
    """A local venue with synthetic markets, and the server around it."""
    clock = SystemClock()
    config = VenueConfig(
        start_ms=clock.now_ms(),
        seed=options.seed,
        network=options.network.value,
        faucet_usd=options.faucet_usd,
        funded=options.funded,
        limits=VenueLimits() if options.has_limits else NO_LIMITS,
    )
    markets = SyntheticMarkets(seeded_sources(options.seed))
    return VenueServer(
        LocalVenue(config, markets, recorded_catalog()),
        clock,
        host=HOST,
        port=PORT_DEFAULT if options.port is None else options.port,
        ports_tried=PORTS_TRIED_MAX if options.port is None else 1,
        limits=config.limits,
    )


def _stop_with_parent(stopped: asyncio.Event, parent: int) -> None:
    """An orphan gets another parent; then nobody is left to stop it."""
    if os.getppid() != parent:
        stopped.set()
    else:
        loop = asyncio.get_running_loop()
        loop.call_later(PARENT_CHECK_S, _stop_with_parent, stopped, parent)


def _funding(text: str) -> tuple[Address, Decimal]:
    address, _, usd = text.partition("=")
    try:
        return parse_address(address), _money(usd, "--fund")
    except MalformedIdentifier as error:
        raise typer.BadParameter(f"{error}; write --fund ADDR=USD") from None


def _money(text: str, option: str) -> Decimal:
    try:
        usd = Decimal(text)
    except InvalidOperation:
        usd = Decimal(-1)
    if not usd.is_finite() or usd < 0:
        raise typer.BadParameter(f"{text!r} is not an amount of USD", param_hint=option)
    return usd
