"""`hive venue`: the local venue as a process of its own, for demos, tests and other clients; and a
recorder of any venue's public streams, which the local one can play again.

It says one line when it is ready and runs until Ctrl-C (or SIGTERM), then exits 0. A port that was
asked for is used, or named as taken; without `--port` it is the first free one from the default on.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import typer

from hive.app.complaint import told
from hive.app.durations import duration_ms
from hive.app.exit_codes import EXIT_CONFIG, EXIT_USAGE
from hive.app.fast_loop import run_fast
from hive.app.venue_commands import options as opt
from hive.app.venue_commands.options import (
    NetworkName,
    RegimeName,
    TakerAtName,
    VenueOptions,
    VenueReady,
)
from hive.app.venue_commands.record import RecordOptions, record
from hive.app.venue_commands.serving import serve_venue
from hive.domain.errors import ConfigRefused, LinkError, OperatorError, UnknownCoin, VenueError
from hive.localvenue.markets.feed_events import Unreadable

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
    limit: opt.LimitOption = None,
    coins: opt.CoinsOption = str(opt.COINS_DEFAULT),
    dex: opt.DexOption = None,
    liquidation: opt.LiquidationOption = None,
    regime: opt.RegimeOption = RegimeName.USUAL,
    speed: opt.SpeedOption = 1.0,
    replay: opt.ReplayOption = None,
    taker_at: opt.TakerAtOption = TakerAtName.FIRST,
    feed: opt.FeedOption = None,
    block_ms: opt.BlockOption = opt.BLOCK_MS_DEFAULT,
    stepped: opt.SteppedOption = False,
    latency: opt.LatencyOption = None,
    listings: opt.ListingsOption = None,
    faults: opt.FaultsOption = None,
    chaos: opt.ChaosOption = None,
    json: opt.JsonOption = False,
    with_parent: opt.ParentOption = False,
) -> None:
    """Serve /info, /exchange and /ws on this machine until Ctrl-C."""
    _check_together(replay, feed, speed, dex)
    count, names = opt.coins_of(coins)
    with _complaints():
        options = VenueOptions(
            port=port,
            seed=seed,
            network=network,
            faucet_usd=opt.money_of(faucet, "--faucet"),
            has_limits=limits,
            coins=count,
            names=names,
            **opt.repeated(fund=fund, limit=limit, dex=dex, liquidation=liquidation),
            regime=regime,
            speed=speed,
            replay=replay,
            taker_at=taker_at,
            feed=feed and opt.url_of(feed, "--feed"),
            block_ms=block_ms,
            is_stepped=stepped,
            latency=opt.latency_of(latency),
            **opt.files_read(listings=listings, faults=faults),
            chaos_seed=chaos,
        )
        run_fast(serve_venue(options, _sayer(as_json=json), with_parent=with_parent))


def _sayer(*, as_json: bool) -> Callable[[VenueReady], None]:
    def say_ready(ready: VenueReady) -> None:
        line = f"venue {ready.venue} seed {ready.seed}"
        typer.echo(msgspec.json.encode(ready) if as_json else line)
        sys.stdout.flush()

    return say_ready


def _check_together(
    replay: Path | None, feed: str | None, speed: float, dex: list[str] | None
) -> None:
    """Refuse options that exclude each other."""
    if dex and (replay is not None or feed is not None):
        raise typer.BadParameter("--dex goes with neither --replay nor --feed")
    if replay is not None and feed is not None:
        raise typer.BadParameter("--replay and --feed exclude each other")
    if feed is not None and speed != 1.0:
        raise typer.BadParameter("a venue that is followed lives at its own pace, without --speed")


@venue_app.command("record")
def record_streams(
    *,
    url: opt.UrlOption,
    out: opt.OutOption,
    coins: opt.CoinsOption = str(opt.COINS_DEFAULT),
    for_: opt.ForOption = None,
) -> None:
    """Record a venue's books, trades and contexts until Ctrl-C, for `serve --replay`."""
    count, names = opt.coins_of(coins)
    with _complaints():
        for_ms = None if for_ is None else duration_ms(for_)
        options = RecordOptions(
            url=opt.url_of(url, "--url"), path=out, names=names, count=count, for_ms=for_ms
        )
        report = asyncio.run(record(options))
    typer.echo(
        f"recorded {report.events} events of {report.coins} coins, {report.gaps} gaps, "
        f"{report.file_bytes} bytes: {out}"
    )


@contextmanager
def _complaints() -> Iterator[None]:
    """What the user must act on is told as such, and ends the command."""
    try:
        yield
    except (OperatorError, UnknownCoin, LinkError, VenueError) as error:
        typer.echo(told(error), err=True, nl=False)
        is_file = isinstance(error, ConfigRefused | Unreadable)
        raise typer.Exit(EXIT_CONFIG if is_file else EXIT_USAGE) from None
