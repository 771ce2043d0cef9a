"""What `hive venue serve` can be told, as the command line says it and as one value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer
import yaml
from msgspec.structs import replace

from hive.domain.errors import ConfigRefused, MalformedIdentifier
from hive.domain.identifiers import Address, parse_address
from hive.hyperliquid.limits import VenueLimits
from hive.localvenue.faults.script import TimedFault, read_script
from hive.localvenue.liquidation.liquidation_rules import LiquidationRules
from hive.localvenue.listings.listing_plan import ListPerp, PlannedChange, read_plan
from hive.localvenue.markets.table import MARKET_SPECS
from hive.localvenue.units import USD
from hive.serving.line import PROFILES, LatencyProfile, latency_profile

PORT_DEFAULT: Final = 8421
COINS_DEFAULT: Final = len(MARKET_SPECS)
BLOCK_MS_DEFAULT: Final = 70
ALL_COINS: Final = "ALL"
SCRIPT_BYTES_MAX: Final = 16 << 20
NAMES_MAX: Final = 500
SPEED_MAX: Final = 1_000.0
LIMIT_NAMES: Final = tuple(
    name
    for name in VenueLimits.__struct_fields__
    if name not in ("batch_len_max", "subscriptions_held_max")  # those are a client's own
)

LIQUIDATION_NAMES: Final = LiquidationRules.__struct_fields__
URL: Final = re.compile(r"https?://[^\s/@?#]+/?")
DEBTORS: Final = ("counterparties", "vault")


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


class TakerAtName(Enum):
    """Which party of a trade in `node_trades` files took: a value of `TakerAt`."""

    FIRST = "first"
    SECOND = "second"
    LARGER_OID = "largerOid"


class VenueOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What to serve. `port` None means the first free one; 0 any free one."""

    port: int | None = None
    seed: int = 1
    network: NetworkName = NetworkName.TESTNET
    faucet_usd: Decimal = Decimal(0)
    funded: Mapping[Address, Decimal] = {}
    has_limits: bool = True
    limits: Mapping[str, int] = {}
    """Limits by name that shall be others."""
    coins: int | None = COINS_DEFAULT
    """How many coins have a market, the busiest first; None for every coin that is live."""
    names: tuple[str, ...] = ()
    """The coins that have a market, if they are named."""
    dex_perps: tuple[ListPerp, ...] = ()
    """Perps of builder dexes beside the recorded one; each has a market."""
    liquidation: LiquidationRules = LiquidationRules()
    regime: RegimeName = RegimeName.USUAL
    speed: float = 1.0
    """How many times as fast as ours the venue's time goes."""
    replay: Path | None = None
    """Play what is recorded there instead of making markets up."""
    taker_at: TakerAtName = TakerAtName.FIRST
    feed: str | None = None
    """Follow the venue at that address instead."""
    block_ms: int = BLOCK_MS_DEFAULT
    is_stepped: bool = False
    latency: LatencyProfile | None = None
    """How long messages travel. None is no time; or, where another venue is followed, as long as
    its events are held, so that no order acts on what its market has not heard yet."""
    listings: tuple[PlannedChange, ...] = ()
    """What is listed and delisted while the venue runs."""
    faults: tuple[TimedFault, ...] = ()
    chaos_seed: int | None = None


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
SeedOption = Annotated[int, typer.Option(min=0, help="Decides everything left to chance.")]
NetworkOption = Annotated[
    NetworkName, typer.Option(help="The official SDK signs for testnet on an own URL.")
]
FaucetOption = Annotated[
    str, typer.Option(metavar="USD", help="Given to each address when it is first named.")
]
FundOption = Annotated[
    list[str] | None, typer.Option(metavar="ADDR=USD", help="An account with money.")
]
LimitOption = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=N", help="A limit of its own, such as weight_per_min=60."),
]
LimitsOption = Annotated[bool, typer.Option(help="Enforce the venue's rate limits.")]
CoinsOption = Annotated[
    str,
    typer.Option(
        metavar="N|ALL|NAMES", help="How many coins have a market, busiest first; or which."
    ),
]
DexOption = Annotated[
    list[str] | None,
    typer.Option(metavar="DEX:COIN=PX", help="A perp on a builder dex of that name."),
]
LiquidationOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=VALUE",
        help="A rule of liquidation of its own: debt=vault, partial_above_usd=10000, ...",
    ),
]
RegimeOption = Annotated[RegimeName, typer.Option(help="What kind of day the markets have.")]
SpeedOption = Annotated[
    float, typer.Option(min=0.01, max=SPEED_MAX, help="How fast the venue's time goes.")
]
ReplayOption = Annotated[
    Path | None, typer.Option(metavar="PATH", help="Play a recording, or a folder of archives.")
]
TakerAtOption = Annotated[
    TakerAtName, typer.Option(help="Which party of an archive's node trade took.")
]
FeedOption = Annotated[
    str | None, typer.Option(metavar="URL", help="Follow the books and trades of that venue.")
]
BlockOption = Annotated[int, typer.Option("--block-ms", min=1, max=60_000, help="Between blocks.")]
SteppedOption = Annotated[
    bool, typer.Option("--stepped", help="Time stands still but for the oracle's `step`.")
]
LatencyOption = Annotated[
    str | None,
    typer.Option(metavar="NAME|MS", help=f"How long one way takes: {', '.join(PROFILES)}, or ms."),
]
FaultsOption = Annotated[
    Path | None, typer.Option("--faults", metavar="FILE", help="Faults by time (YAML or JSON).")
]
ListingsOption = Annotated[
    Path | None,
    typer.Option("--listings", metavar="FILE", help="Listings by time (YAML or JSON)."),
]
ChaosOption = Annotated[
    int | None,
    typer.Option("--chaos", metavar="SEED", min=0, help="Faults by chance, from this seed."),
]
UrlOption = Annotated[str, typer.Option(metavar="URL", help="The venue's root address.")]
OutOption = Annotated[Path, typer.Option(metavar="FILE", help="A new file.")]
ForOption = Annotated[
    str | None, typer.Option("--for", metavar="TIME", help="Such as 10m; else until Ctrl-C.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="The ready line as JSON.")]
ParentOption = Annotated[
    bool, typer.Option("--with-parent", help="Stop when the process that started it is gone.")
]


def repeated(
    *,
    fund: list[str] | None,
    limit: list[str] | None,
    dex: list[str] | None,
    liquidation: list[str] | None,
) -> dict[str, Any]:
    """What options come to that may be repeated, by field."""
    return {
        "funded": dict(funding_of(text) for text in fund or []),
        "limits": dict(limit_of(text) for text in limit or []),
        "dex_perps": tuple(dex_perp_of(text) for text in dex or []),
        "liquidation": liquidation_of(liquidation or []),
    }


def files_read(*, listings: Path | None, faults: Path | None) -> dict[str, Any]:
    """What the files come to that options name, by field.

    Raises:
        ConfigRefused: one cannot be read, or tells something else.
    """
    return {"listings": plan_of(listings), "faults": script_of(faults)}


def funding_of(text: str) -> tuple[Address, Decimal]:
    """An address and its money from `ADDR=USD`."""
    address, _, usd = text.partition("=")
    try:
        return parse_address(address), money_of(usd, "--fund")
    except MalformedIdentifier as error:
        raise typer.BadParameter(f"{error}; write --fund ADDR=USD") from None


def limit_of(text: str) -> tuple[str, int]:
    """A limit and its bound from `NAME=N`."""
    name, _, bound = text.partition("=")
    if name not in LIMIT_NAMES:
        raise typer.BadParameter(
            f"{name!r} is no limit; these are: {', '.join(LIMIT_NAMES)}", param_hint="--limit"
        )
    if not bound.isdecimal() or not int(bound):
        raise typer.BadParameter(f"{bound!r} is no whole number above 0", param_hint="--limit")
    return name, int(bound)


def dex_perp_of(text: str) -> ListPerp:
    """A perp on a builder dex and its first price from `DEX:COIN=PX`."""
    coin, _, px = text.partition("=")
    dex, _, name = coin.partition(":")
    perp = ListPerp(coin=coin, px=px)
    if dex and name and perp.px_units:
        return perp
    raise typer.BadParameter(f"{text!r} is not DEX:COIN=PX, such as test:ABC=3", param_hint="--dex")


def liquidation_of(texts: list[str]) -> LiquidationRules:
    """Rules from `NAME=VALUE`, sums in whole USD; the others are the real venue's."""
    given = (text.partition("=") for text in texts)
    return replace(LiquidationRules(), **{name: _rule_of(name, text) for name, _, text in given})


def _rule_of(name: str, text: str) -> int | str:
    if name == "debt" and text in DEBTORS:
        return text
    if name in LIQUIDATION_NAMES and name != "debt" and text.isdecimal() and int(text):
        return int(text) * USD if name.endswith("_usd") else int(text)
    raise typer.BadParameter(
        f"{name}={text} is no rule; these are debt={'|'.join(DEBTORS)}, and with a whole number "
        f"above 0 {', '.join(each for each in LIQUIDATION_NAMES if each != 'debt')}",
        param_hint="--liquidation",
    )


def money_of(text: str, option: str) -> Decimal:
    """An amount of USD that is not negative."""
    try:
        usd = Decimal(text)
    except InvalidOperation:
        usd = Decimal(-1)
    if not usd.is_finite() or usd < 0:
        raise typer.BadParameter(f"{text!r} is not an amount of USD", param_hint=option)
    return usd


def coins_of(text: str) -> tuple[int | None, tuple[str, ...]]:
    """How many coins, None for all; and which, if they are named."""
    if text.upper() == ALL_COINS:
        return None, ()
    if not text.isdecimal():
        names = tuple(name.strip() for name in text.split(",") if name.strip())
        if names and len(names) <= NAMES_MAX:
            return None, names
    elif int(text) > 0:
        return int(text), ()
    raise typer.BadParameter(
        f"{text!r} is neither a number of coins, nor {ALL_COINS}, nor names with commas between",
        param_hint="--coins",
    )


def url_of(text: str, option: str) -> str:
    """A venue's root address."""
    if URL.fullmatch(text):
        return text
    raise typer.BadParameter(
        f"{text!r} is no URL like https://api.hyperliquid.xyz or http://127.0.0.1:8421",
        param_hint=option,
    )


def latency_of(text: str | None) -> LatencyProfile | None:
    """How long messages take, by name or in milliseconds."""
    if text is None:
        return None
    try:
        return latency_profile(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is neither a number of milliseconds nor one of {', '.join(PROFILES)}",
            param_hint="--latency",
        ) from None


def script_of(path: Path | None) -> tuple[TimedFault, ...]:
    """The faults that a file tells.

    Raises:
        ConfigRefused: it cannot be read, or tells no faults.
    """
    return () if path is None else read_script(_rows_of(path))


def plan_of(path: Path | None) -> tuple[PlannedChange, ...]:
    """The listings that a file plans.

    Raises:
        ConfigRefused: it cannot be read, or plans no listings.
    """
    return () if path is None else read_plan(_rows_of(path))


def _rows_of(path: Path) -> Any:
    try:
        if path.stat().st_size > SCRIPT_BYTES_MAX:
            raise ConfigRefused(f"{path} is larger than {SCRIPT_BYTES_MAX} bytes")
        return yaml.load(path.read_text(), Loader=yaml.SafeLoader)
    except OSError as error:
        raise ConfigRefused(f"{path} cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigRefused(f"{path} is not YAML: {error}") from None
