"""`hive venue serve` as its users start it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from tests.unit.localvenue.still_venue import Stage
from typer.testing import CliRunner

from hive.app.exit_codes import EXIT_CONFIG
from hive.app.venue_commands.command import venue_app
from hive.app.venue_commands.options import (
    NetworkName,
    RegimeName,
    VenueOptions,
    dex_perp_of,
    liquidation_of,
)
from hive.app.venue_commands.serving import synthetic_markets, venue_server
from hive.localvenue.liquidation.liquidation_rules import LiquidationRules
from hive.localvenue.listings.catalog import recorded_catalog
from hive.localvenue.markets.regimes import REGIMES
from hive.localvenue.operations.builder_dexes import offer
from hive.localvenue.units import USD

ROOT = Path(__file__).parents[4]
WAIT_S_MAX = 30
ADDRESS = "0x" + "ab" * 20


def start(*options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "hive", "venue", "serve", *options]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_one_line_and_ends_well_when_asked_to(number: signal.Signals) -> None:
    process = start("--port", "0", "--seed", "5")
    assert process.stdout is not None
    line = process.stdout.readline()
    port = int(line.removeprefix("venue http://127.0.0.1:").split()[0])
    assert line == f"venue http://127.0.0.1:{port} seed 5\n"
    process.send_signal(number)
    said, complained = process.communicate(timeout=WAIT_S_MAX)
    assert (process.returncode, said, complained) == (0, "", "")


def test_machines_get_a_json_line_and_funded_accounts_exist() -> None:
    process = start("--port", "0", "--json", "--fund", f"{ADDRESS}=250", "--network", "mainnet")
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    assert ready["network"] == "mainnet"
    body = json.dumps({"type": "clearinghouseState", "user": ADDRESS}).encode()
    with socket.create_connection(("127.0.0.1", ready["port"]), timeout=WAIT_S_MAX) as wire:
        head = (
            f"POST /info HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        )
        wire.sendall(head.encode() + b"\r\n\r\n" + body)
        with wire.makefile("rb") as answer:
            text = answer.read()
    assert b'"accountValue":"250.0"' in text
    process.terminate()
    process.communicate(timeout=WAIT_S_MAX)


def test_a_taken_port_is_named() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        process = start("--port", str(port))
        _, complained = process.communicate(timeout=WAIT_S_MAX)
    assert process.returncode == 2
    assert complained == (
        f"hive: port {port} is taken on 127.0.0.1\n      name another with --port\n"
    )


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--fund", "0x12=5"], "is not an address"),
        (["--fund", f"{ADDRESS}=lots"], "is not an amount of USD"),
        (["--fund", f"{ADDRESS}=-1"], "is not an amount of USD"),
        (["--limit", "weight=5"], "is no limit; these are: weight_per_min"),
        (["--limit", "weight_per_min=0"], "is no whole number above 0"),
        (["--faucet", "NaN"], "is not an amount of USD"),
        (["--network", "devnet"], "devnet"),
        (["--port", "99999"], "65535"),
        (["--coins", ","], "neither a number of coins, nor ALL"),
        (["--coins", "0"], "neither a number of coins, nor ALL"),
        (["--coins", "BTCC"], "nothing that is traded is called 'BTCC' did you mean BTC"),
        (["--feed", "nonsense"], "'nonsense' is no URL like"),
        (["--feed", "https://key:secret@venue"], "is no URL like"),
        (["--regime", "sunny"], "sunny"),
        (["--seed", "-1"], "should be greater than or equal to 0"),
        (["--dex", "TSLA=3"], "is not DEX:COIN=PX"),
        (["--dex", "test:ABC=cheap"], "is not DEX:COIN=PX"),
        (["--dex", "test:ABC=3", "--feed", "http://x"], "--dex goes with neither"),
        (["--liquidation", "debt=me"], "debt=me is no rule; these are debt=counterparties|vault"),
        (["--liquidation", "parts=0"], "parts=0 is no rule"),
        (["--liquidation", "partials=5"], "partials=5 is no rule"),
    ],
)
def test_a_senseless_option_is_refused_and_named(options: list[str], complaint: str) -> None:
    outcome = CliRunner().invoke(venue_app, ["serve", *options])
    assert outcome.exit_code == 2
    assert complaint in " ".join(outcome.output.replace("│", " ").split())


@pytest.mark.parametrize(
    ("dex", "complaint"),
    [
        ("xyz:TSLA=3", "'xyz:TSLA' is listed or no name"),
        ("Test:ABC=3", "'Test' is no name of a dex"),
    ],
)
def test_a_listing_that_the_venue_refuses_is_a_fault_of_configuration(
    dex: str, complaint: str
) -> None:
    outcome = CliRunner().invoke(venue_app, ["serve", "--dex", dex])
    assert outcome.exit_code == EXIT_CONFIG
    assert complaint in " ".join(outcome.output.split())


def test_options_make_a_venue_without_opening_a_port() -> None:
    options = VenueOptions(
        port=0, network=NetworkName.MAINNET, faucet_usd=Decimal(10), has_limits=False
    )
    assert venue_server(options).snapshot().sockets == 0


@pytest.mark.parametrize("names", [(), ("BTC",)])
def test_builder_dexes_can_be_named_and_their_perps_have_makers(names: tuple[str, ...]) -> None:
    """Also where the coins that have a market are named."""
    perps = (dex_perp_of("test:ABC=3"), dex_perp_of("test:DEF=12.5"), dex_perp_of("xyz:NEW=1"))
    catalog = recorded_catalog()
    offer(perps, catalog)
    ids = [listing.asset_id for perp in perps if (listing := catalog.of_coin(perp.coin))]
    assert ids == [120_000, 120_001, 110_018]
    options = VenueOptions(dex_perps=perps, names=names)
    stage = Stage(listed=catalog, instead=synthetic_markets(options, catalog))
    assert [row["name"] for row in stage.ask(type="perpDexs")[1:]] == ["xyz", "test"]
    for perp in perps:
        bids, asks = stage.ask(type="l2Book", coin=perp.coin)["levels"]
        assert float(bids[0]["px"]) == pytest.approx(float(perp.px), rel=0.01)
        assert float(asks[0]["px"]) == pytest.approx(float(perp.px), rel=0.01)


def test_rules_of_liquidation_are_told_in_whole_usd() -> None:
    rules = liquidation_of(["debt=vault", "partial_above_usd=10000", "cooldown_ms=5"])
    assert rules == LiquidationRules(
        debt="vault", partial_above_usd=10_000 * USD, cooldown_ms=5, parts=LiquidationRules().parts
    )
    assert liquidation_of([]) == LiquidationRules()


def test_every_regime_has_a_name_on_the_command_line() -> None:
    assert [name.value for name in RegimeName] == list(REGIMES)


def test_listings_that_could_not_be_made_are_told_before_anything_is_served(tmp_path: Path) -> None:
    path = tmp_path / "listings.yml"
    new = "{type: list, coin: NEW, px: '2.5'}"
    for rows, complaint in (
        (f"- {new}\n- {new}", "'NEW' is listed or no name"),
        ("- {type: delist, coin: NEW}", "NEW is nothing that is traded"),
        ("- {type: unlist}", "row 1 of the listings"),
    ):
        path.write_text(rows)
        result = CliRunner().invoke(venue_app, ["serve", "--port", "0", "--listings", str(path)])
        assert result.exit_code == EXIT_CONFIG
        assert complaint in result.output
