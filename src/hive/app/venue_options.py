"""What `hive venue serve` can be told, as the command line says it and as one value."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Annotated, Final

import msgspec
import typer

from hive.domain.errors import MalformedIdentifier
from hive.domain.identifiers import Address, parse_address
from hive.localvenue.markets_table import MARKET_SPECS

PORT_DEFAULT: Final = 8421
COINS_DEFAULT: Final = len(MARKET_SPECS)
ALL_COINS: Final = "ALL"


class NetworkName(Enum):
    """Which network's signatures are taken."""

    TESTNET = "testnet"
    MAINNET = "mainnet"


class RegimeName(Enum):
    """What kind of day it is in the synthetic markets: a name of `REGIMES`."""

    USUAL = "usual"
    CALM = "calm"
    TREND = "trend"
    CRASH = "crash"
    BURST = "burst"


class VenueOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What to serve. `port` None means the first free one; 0 any free one."""

    port: int | None = None
    seed: int = 1
    network: NetworkName = NetworkName.TESTNET
    faucet_usd: Decimal = Decimal(0)
    funded: Mapping[Address, Decimal] = {}
    has_limits: bool = True
    coins: int | None = COINS_DEFAULT
    """How many coins have a market, the busiest first; None for every coin that is live."""
    regime: RegimeName = RegimeName.USUAL


class VenueReady(msgspec.Struct, frozen=True):
    """The ready line for machines."""

    venue: str
    port: int
    seed: int
    network: str


PortOption = Annotated[
    int | None,
    typer.Option(min=0, max=65_535, help=f"From {PORT_DEFAULT} on if not given; 0 is any."),
]
SeedOption = Annotated[int, typer.Option(help="Decides everything left to chance.")]
NetworkOption = Annotated[
    NetworkName, typer.Option(help="The official SDK signs for testnet on an own URL.")
]
FaucetOption = Annotated[
    str, typer.Option(metavar="USD", help="Given to each address when it is first named.")
]
FundOption = Annotated[
    list[str] | None, typer.Option(metavar="ADDR=USD", help="An account with money.")
]
LimitsOption = Annotated[bool, typer.Option(help="Enforce the venue's rate limits.")]
CoinsOption = Annotated[
    str, typer.Option(metavar="N|ALL", help="How many coins have a market, busiest first.")
]
RegimeOption = Annotated[RegimeName, typer.Option(help="What kind of day the markets have.")]
JsonOption = Annotated[bool, typer.Option("--json", help="The ready line as JSON.")]
ParentOption = Annotated[
    bool, typer.Option("--with-parent", help="Stop when the process that started it is gone.")
]


def funding_of(text: str) -> tuple[Address, Decimal]:
    """An address and its money from `ADDR=USD`."""
    address, _, usd = text.partition("=")
    try:
        return parse_address(address), money_of(usd, "--fund")
    except MalformedIdentifier as error:
        raise typer.BadParameter(f"{error}; write --fund ADDR=USD") from None


def money_of(text: str, option: str) -> Decimal:
    """An amount of USD that is not negative."""
    try:
        usd = Decimal(text)
    except InvalidOperation:
        usd = Decimal(-1)
    if not usd.is_finite() or usd < 0:
        raise typer.BadParameter(f"{text!r} is not an amount of USD", param_hint=option)
    return usd


def coins_of(text: str) -> int | None:
    """How many coins; None for all."""
    if text.upper() == ALL_COINS:
        return None
    if not text.isdecimal() or int(text) == 0:
        raise typer.BadParameter(
            f"{text!r} is neither a number of coins nor {ALL_COINS}", param_hint="--coins"
        )
    return int(text)
