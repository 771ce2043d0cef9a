"""What the local venue lists: the recorded perps and spot pairs, with their margin tables.

The recorded answers are package data and are given back as they are, so asset ids, tables and
delisted slots are the venue's own.
"""

from __future__ import annotations

from copy import copy
from importlib.resources import files
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from hive.domain.instruments import SIGNIFICANT_FIGURES_MAX, Instrument
from hive.hyperliquid.codec_universe import (
    decode_meta,
    decode_spot_meta,
    perp_instruments,
    spot_instruments,
)
from hive.hyperliquid.wire_info import Meta
from hive.localvenue.listings.perp_fees import DeployerTerms, deployer_terms
from hive.localvenue.listings.spot_balances import USDC
from hive.localvenue.listings.spot_gaps import new_token, unlisted_context, unlisted_token
from hive.localvenue.listings.spot_pairs import (
    NOTIONAL_PER_USD_UNIT,
    SPOT_DECIMALS,
    SpotPair,
    spot_pairs,
)
from hive.localvenue.listings.spot_tokens import Token, Tokens
from hive.localvenue.units import USD, units_text

MARGIN_TABLE_ID_MIN: Final = 50
"""A smaller id names no table: it is the leverage of a single tier."""

_FIGURES: Final = 10**SIGNIFICANT_FIGURES_MAX


class MarginTier(msgspec.Struct, frozen=True):
    """From `from_usd` of notional upwards, at most `leverage_max`.

    Maintenance is half of the initial margin at that leverage, less `deduction_usd`, which makes it
    continuous where tiers meet (venue.md 3.3).
    """

    from_usd: int
    leverage_max: int
    deduction_usd: int


class Listing:
    """A perp or a spot pair with its scales: how its prices, sizes and margins are counted."""

    __slots__ = (
        "_second_tier_usd",
        "asset_id",
        "coin",
        "deployer",
        "dex",
        "instrument",
        "is_delisted",
        "leverage_max",
        "pair",
        "px_decimals",
        "px_scale",
        "recorded",
        "size_decimals",
        "size_scale",
        "suffix",
        "tiers",
    )

    def __init__(
        self,
        instrument: Instrument,
        tiers: tuple[MarginTier, ...],
        recorded: dict[str, Any],
        *,
        pair: SpotPair | None = None,
        deployer: DeployerTerms | None = None,
    ) -> None:
        self.instrument = instrument
        self.pair = pair
        """The tokens of a spot pair; None of a perp."""
        self.deployer = deployer
        """What the deployer of a builder dex takes; None elsewhere."""
        self.coin = instrument.coin
        self.dex = dex_of(instrument.coin)
        """The perp dex that the coin is on; empty for the first one."""
        self.asset_id = instrument.asset_id
        self.is_delisted = instrument.is_delisted
        self.leverage_max = instrument.leverage_max
        self.size_decimals = instrument.size_decimals
        self.px_decimals = instrument.px_decimals_max
        self.size_scale: int = 10**self.size_decimals
        self.px_scale: int = 10**self.px_decimals
        self.tiers = tiers
        self._second_tier_usd = tiers[1].from_usd if len(tiers) > 1 else 0
        self.recorded = recorded
        """The live numbers at the time of recording, in the venue's own shape."""
        self.suffix = f" asset={self.asset_id}"
        """What live error texts of single orders end in."""

    def __repr__(self) -> str:
        return f"Listing({self.coin})"

    def delist(self) -> None:
        """Trade no more."""
        self.is_delisted = True
        self.instrument = replace(self.instrument, is_delisted=True)

    def px_text(self, px: int) -> str:
        return units_text(px, self.px_decimals)

    def size_text(self, size: int) -> str:
        return units_text(size, self.size_decimals)

    def usd_of(self, notional: int) -> int:
        """A product of price and size in millionths of a USD."""
        return notional if self.pair is None else notional // NOTIONAL_PER_USD_UNIT

    def px_from_float(self, px: float) -> int:
        """The nearest price in units; at least one."""
        return max(1, round(px * self.px_scale))

    def recorded_px(self, field: str) -> int:
        """A recorded price in units; 0 where it was null."""
        text = self.recorded.get(field)
        return self.px_from_float(float(text)) if text else 0

    def is_on_tick(self, px: int) -> bool:
        """At most five significant figures; whole prices are always legal."""
        if px < _FIGURES or px % self.px_scale == 0:
            return True
        padding = len(str(px)) - SIGNIFICANT_FIGURES_MAX
        return str(px).endswith("0" * padding)

    def tick_at(self, px: int) -> int:
        """The price step around `px`."""
        step: int = 10 ** max(0, len(str(px)) - SIGNIFICANT_FIGURES_MAX)
        return min(step, self.px_scale)

    def tier_at(self, notional_usd: int) -> MarginTier:
        """The tier that a position of that notional lies in."""
        found = self.tiers[0]
        if notional_usd < self._second_tier_usd:
            return found
        for tier in self.tiers:
            if notional_usd >= tier.from_usd:
                found = tier
        return found

    def maintenance_usd(self, notional_usd: int) -> int:
        """What a cross position of that notional must keep."""
        tier = self.tier_at(notional_usd)
        return notional_usd // (2 * tier.leverage_max) - tier.deduction_usd


def dex_of(coin: str) -> str:
    """The perp dex that a coin's name tells: coins of builder dexes are written `dex:COIN`."""
    return coin.partition(":")[0] if ":" in coin else ""


def untraded_context(mark_px: str, oracle_px: str | None = None) -> dict[str, Any]:
    """The numbers of a perp in which nothing happens: not yet, or no more (venue.md 1)."""
    return {
        "funding": "0.0",
        "openInterest": "0.0",
        "prevDayPx": mark_px,
        "dayNtlVlm": "0.0",
        "premium": None,
        "oraclePx": oracle_px or mark_px,
        "markPx": mark_px,
        "midPx": None,
        "impactPxs": None,
        "dayBaseVlm": "0.0",
    }


class PerpDex:
    """A perp dex: its metadata as the venue shows it, and its perps in that order."""

    __slots__ = ("meta", "name", "perps", "row")

    def __init__(self, row: dict[str, Any] | None, meta: bytes, perps: list[Listing]) -> None:
        self.row = row
        """Its entry in `perpDexs`: None of the first one."""
        self.name: str = row["name"] if row else ""
        self.meta: dict[str, Any] = msgspec.json.decode(meta)
        self.perps = perps

    def copy(self) -> PerpDex:
        """One that can be changed by itself."""
        meta = {**self.meta, "universe": [{**entry} for entry in self.meta["universe"]]}
        perps = [copy(perp) for perp in self.perps]
        return PerpDex(self.row, msgspec.json.encode(meta), perps)


class Catalog:
    """All listings, by coin and by asset id, and the recorded answers they came from."""

    def __init__(
        self,
        *,
        meta: bytes,
        contexts: bytes,
        spot_meta: bytes,
        spot_contexts: bytes,
        fees: bytes,
        builder_dexes: bytes = b"[]",
    ) -> None:
        self.tokens = Tokens.of_meta(msgspec.json.decode(spot_meta))
        self.dexes = [
            PerpDex(None, meta, _perps(meta, contexts)),
            *(
                _builder_dex(dex, number)
                for number, dex in enumerate(msgspec.json.decode(builder_dexes), start=1)
            ),
        ]
        """Every perp dex by its index: the venue's own first, then those of builders."""
        self.spot = _spot(spot_meta, spot_contexts, self.tokens)
        self.spot_meta = _with_every_token(msgspec.json.decode(spot_meta))
        """As clients see it: with a token at every index, for those who go by the place."""
        self.fees: dict[str, Any] = msgspec.json.decode(fees)
        self.index()

    def index(self) -> None:
        """Find listings by coin and by asset id, as the dexes and pairs now are."""
        self.listings = [*(perp for dex in self.dexes for perp in dex.perps), *self.spot]
        self._by_coin = {listing.coin: listing for listing in self.listings}
        self._by_asset_id = {listing.asset_id: listing for listing in self.listings}
        self._usdc_pair_by_token = {
            listing.pair.base.index: listing
            for listing in reversed(self.spot)
            if listing.pair is not None and listing.pair.quote.index == USDC
        }

    @property
    def perps(self) -> list[Listing]:
        """The first perp dex, by asset id."""
        return self.dexes[0].perps

    def dex(self, name: str) -> PerpDex | None:
        """The perp dex of that name; the first one's is empty."""
        return next((dex for dex in self.dexes if dex.name == name), None)

    def copy(self) -> Catalog:
        """One of its own for a venue, which may change it."""
        other = copy(self)
        other.dexes = [dex.copy() for dex in self.dexes]
        other.spot = [copy(pair) for pair in self.spot]
        other.spot_meta = {name: list(rows) for name, rows in self.spot_meta.items()}
        other.tokens = self.tokens.copy()
        other.index()
        return other

    def dex_of_new(self, coin: str) -> PerpDex | None:
        """Where a coin of that name would be listed."""
        return self.dex(dex_of(coin))

    def delist(self, listing: Listing) -> None:
        """A perp or pair is no longer traded; it keeps its slot. Of a pair no field tells it."""
        listing.delist()
        if listing.pair is not None:
            return
        dex = self.dex(listing.dex)
        assert dex is not None
        dex.meta["universe"][dex.perps.index(listing)]["isDelisted"] = True

    def add_perp(self, entry: dict[str, Any], px: int) -> Listing:
        """A new perp at the end of its dex, at a price in its own units."""
        dex = self.dex_of_new(entry["name"])
        assert dex is not None
        dex.meta["universe"].append(entry)
        wire = decode_meta(msgspec.json.encode(dex.meta))
        instrument = perp_instruments(wire, self.dexes.index(dex))[-1]
        deployer = None if dex.row is None else deployer_terms(dex.row, entry)
        px_text = units_text(px, instrument.px_decimals_max)
        context = untraded_context(px_text)
        listing = Listing(instrument, _tiers(wire, instrument), context, deployer=deployer)
        dex.perps.append(listing)
        self.index()
        return listing

    def add_spot(self, name: str, size_decimals: int, px: int) -> Listing:
        """A new token and its pair against USDC, at a price in the pair's units."""
        token_index = len(self.spot_meta["tokens"])
        number = 1 + max(row["index"] for row in self.spot_meta["universe"])
        token = new_token(token_index, name, size_decimals)
        entry = {"tokens": [token_index, USDC], "name": f"@{number}", "index": number}
        self.spot_meta["tokens"].append(token)
        self.spot_meta["universe"].append({**entry, "isCanonical": False})
        self.tokens.add(msgspec.convert(token, Token))
        meta = msgspec.json.encode({**self.spot_meta, "universe": [entry]})
        px_text = units_text(px, SPOT_DECIMALS - size_decimals)
        context = {**unlisted_context(number), "prevDayPx": px_text, "markPx": px_text}
        (listing,) = _spot(meta, msgspec.json.encode([context]), self.tokens)
        self.spot.append(listing)
        self.index()
        return listing

    def usdc_pair_of(self, token: int) -> Listing | None:
        """The first pair of a token against USDC."""
        return self._usdc_pair_by_token.get(token)

    def of_coin(self, coin: str) -> Listing | None:
        return self._by_coin.get(coin)

    def of_asset_id(self, asset_id: int) -> Listing | None:
        return self._by_asset_id.get(asset_id)


def recorded_catalog() -> Catalog:
    """The catalog of the recorded metadata that comes with the package."""
    folder = files("hive.localvenue.listings") / "metadata"
    return Catalog(
        meta=(folder / "meta_perps.json").read_bytes(),
        contexts=(folder / "asset_ctxs.json").read_bytes(),
        spot_meta=(folder / "spot_meta.json").read_bytes(),
        spot_contexts=(folder / "spot_asset_ctxs.json").read_bytes(),
        fees=(folder / "user_fees.json").read_bytes(),
        builder_dexes=(folder / "builder_dexes.json").read_bytes(),
    )


def catalog_of(meta: bytes, contexts: bytes, builder_dexes: bytes) -> Catalog:
    """The perps that another venue told of; everything else as it was recorded."""
    folder = files("hive.localvenue.listings") / "metadata"
    return Catalog(
        meta=meta,
        contexts=contexts,
        spot_meta=(folder / "spot_meta.json").read_bytes(),
        spot_contexts=(folder / "spot_asset_ctxs.json").read_bytes(),
        fees=(folder / "user_fees.json").read_bytes(),
        builder_dexes=builder_dexes,
    )


def _perps(meta: bytes, contexts: bytes) -> list[Listing]:
    wire = decode_meta(meta)
    recorded: list[dict[str, Any]] = msgspec.json.decode(contexts)
    return [
        Listing(instrument, _tiers(wire, instrument), context)
        for instrument, context in zip(perp_instruments(wire), recorded, strict=True)
    ]


def _builder_dex(recorded: dict[str, Any], number: int) -> PerpDex:
    row, meta = recorded["dex"], msgspec.json.encode(recorded["meta"])
    wire = decode_meta(meta)
    perps = [
        Listing(instrument, _tiers(wire, instrument), context, deployer=deployer_terms(row, entry))
        for instrument, context, entry in zip(
            perp_instruments(wire, number),
            recorded["contexts"],
            recorded["meta"]["universe"],
            strict=True,
        )
    ]
    return PerpDex(row, meta, perps)


def _with_every_token(spot_meta: dict[str, Any]) -> dict[str, Any]:
    token_by_index = {token["index"]: token for token in spot_meta["tokens"]}
    places = range(max(token_by_index) + 1)
    tokens = [token_by_index.get(index) or unlisted_token(index) for index in places]
    return {**spot_meta, "tokens": tokens}


def _spot(meta: bytes, contexts: bytes, tokens: Tokens) -> list[Listing]:
    universe = msgspec.json.decode(meta)["universe"]
    instruments = spot_instruments(decode_spot_meta(meta))
    context_by_coin = {context["coin"]: context for context in msgspec.json.decode(contexts)}
    pairs = spot_pairs(universe, tokens, instruments)
    return [
        Listing(instrument, (), context_by_coin[instrument.coin], pair=pair)
        for instrument, pair in zip(instruments, pairs, strict=True)
    ]


def _tiers(meta: Meta, instrument: Instrument) -> tuple[MarginTier, ...]:
    if instrument.margin_table_id < MARGIN_TABLE_ID_MIN:
        return (MarginTier(0, instrument.margin_table_id or instrument.leverage_max, 0),)
    table_by_id = dict(meta.margin_tables)
    tiers: list[MarginTier] = []
    for row in table_by_id[instrument.margin_table_id].margin_tiers:
        from_usd = int(float(row.lower_bound)) * USD
        deduction_usd = 0
        if tiers:
            before = tiers[-1]
            # What maintenance jumps by at the bound: it is taken off again above it.
            jump = from_usd // (2 * row.max_leverage) - from_usd // (2 * before.leverage_max)
            deduction_usd = before.deduction_usd + jump
        tiers.append(MarginTier(from_usd, row.max_leverage, deduction_usd))
    return tuple(tiers)
