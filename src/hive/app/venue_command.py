"""`hive venue serve`: the local venue as a process of its own, for demos, tests and other clients.

It says one line when it is ready and runs until Ctrl-C (or SIGTERM), then exits 0. A port that was
asked for is used, or named as taken; without `--port` it is the first free one from the default on.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Final

import msgspec
import typer

from hive.app import venue_options as opt
from hive.app.complaint import told
from hive.app.venue_options import NetworkName, RegimeName, VenueOptions, VenueReady
from hive.app.venue_serving import serve_venue
from hive.domain.errors import OperatorError

USAGE_ERROR: Final = 2

venue_app = typer.Typer(no_args_is_help=True, help="The local venue: Hyperliquid's protocol, ours.")


@venue_app.callback()
def venue() -> None:
    """The local venue: Hyperliquid's protocol, our own exchange behind it."""


@venue_app.command("serve")
def serve(
    *,
    port: opt.PortOption = None,
    seed: opt.SeedOption = 1,
    network: opt.NetworkOption = NetworkName.TESTNET,
    faucet: opt.FaucetOption = "0",
    fund: opt.FundOption = None,
    limits: opt.LimitsOption = True,
    coins: opt.CoinsOption = str(opt.COINS_DEFAULT),
    regime: opt.RegimeOption = RegimeName.USUAL,
    json: opt.JsonOption = False,
    with_parent: opt.ParentOption = False,
) -> None:
    """Serve /info, /exchange and /ws on this machine until Ctrl-C."""
    options = VenueOptions(
        port=port,
        seed=seed,
        network=network,
        faucet_usd=opt.money_of(faucet, "--faucet"),
        funded=dict(opt.funding_of(text) for text in fund or []),
        has_limits=limits,
        coins=opt.coins_of(coins),
        regime=regime,
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
