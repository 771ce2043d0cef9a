"""What can be traded, from the venue's metadata (protocol.md 1.1, 1.2, 2.5).

    meta, allPerpMetas, metaAndAssetCtxs          ──▶ perps, and each one's live numbers
    spotMeta, spotMetaAndAssetCtxs                ──▶ spot pairs, likewise

A perp's place in its universe is its asset id; a spot pair's `index` is.
"""

from __future__ import annotations

from typing import Final

import msgspec

from hive.domain.errors import BadFrame
from hive.domain.instruments import Instrument, InstrumentKind
from hive.domain.market import AssetContext
from hive.hyperliquid.codec_market import perp_context, spot_context
from hive.hyperliquid.wire_info import Meta, PerpDex, PerpMeta, SpotMeta
from hive.hyperliquid.wire_public import PerpAssetCtx, SpotAssetCtx
from hive.hyperliquid.wire_reading import Frame, read

SPOT_ID_START: Final = 10_000
BUILDER_ID_START: Final = 100_000
BUILDER_ID_STEP: Final = 10_000
_LOCKED_MODE: Final = "strictIsolated"
_ISOLATED_MODES: Final = frozenset({_LOCKED_MODE, "noCross"})

_meta: Final = msgspec.json.Decoder(Meta)
_all_metas: Final = msgspec.json.Decoder(tuple[Meta, ...])
_spot_meta: Final = msgspec.json.Decoder(SpotMeta)
_perp_dexs: Final = msgspec.json.Decoder(tuple[PerpDex | None, ...])
_two: Final[msgspec.json.Decoder[tuple[msgspec.Raw, msgspec.Raw]]] = msgspec.json.Decoder(
    tuple[msgspec.Raw, msgspec.Raw]
)
_perp_ctxs: Final = msgspec.json.Decoder(tuple[PerpAssetCtx, ...], strict=False)
_spot_ctxs: Final = msgspec.json.Decoder(tuple[SpotAssetCtx, ...], strict=False)


def decode_meta(body: Frame) -> Meta:
    """One perp dex.

    Raises:
        BadFrame: it is not a perp dex's metadata.
    """
    return read(_meta, body)


def decode_all_metas(body: Frame) -> tuple[Meta, ...]:
    """Every perp dex; the place is the dex index.

    Raises:
        BadFrame: it is not a list of them.
    """
    return read(_all_metas, body)


def decode_spot_meta(body: Frame) -> SpotMeta:
    """Spot pairs and tokens.

    Raises:
        BadFrame: it is not spot metadata.
    """
    return read(_spot_meta, body)


def decode_perp_dexs(body: Frame) -> tuple[str, ...]:
    """The names of the perp dexes by dex index; the first one's is "".

    Raises:
        BadFrame: it is not a list of dexes.
    """
    return tuple([dex.name if dex else "" for dex in read(_perp_dexs, body)])


def decode_meta_and_contexts(
    body: Frame, received_ns: int
) -> tuple[Meta, tuple[AssetContext, ...]]:
    """A perp dex with the live numbers of its perps, in the same order.

    Raises:
        BadFrame: it is not that, or the two lists differ in length.
    """
    head, tail = read(_two, body)
    meta, ctxs = read(_meta, bytes(head)), read(_perp_ctxs, bytes(tail))
    if len(meta.universe) != len(ctxs):
        raise BadFrame(f"{len(meta.universe)} perps with {len(ctxs)} contexts")
    pairs = zip(meta.universe, ctxs, strict=True)
    return meta, tuple([perp_context(perp.name, ctx, received_ns) for perp, ctx in pairs])


def decode_spot_meta_and_contexts(
    body: Frame, received_ns: int
) -> tuple[SpotMeta, tuple[AssetContext, ...]]:
    """Spot metadata with live numbers. There may be fewer or more of these than pairs.

    Raises:
        BadFrame: it is not that.
    """
    head, tail = read(_two, body)
    contexts = [spot_context(ctx, received_ns) for ctx in read(_spot_ctxs, bytes(tail))]
    return read(_spot_meta, bytes(head)), tuple(contexts)


def perp_instruments(meta: Meta, dex_index: int = 0) -> list[Instrument]:
    """The perps of a dex; `dex_index` is its place in `perpDexs` (0 is the first dex)."""
    builder_start = BUILDER_ID_START + dex_index * BUILDER_ID_STEP
    return [
        Instrument(
            coin=perp.name,
            asset_id=place + (builder_start if dex_index else 0),
            kind=InstrumentKind.BUILDER_PERP if dex_index else InstrumentKind.PERP,
            size_decimals=perp.sz_decimals,
            leverage_max=perp.max_leverage,
            margin_table_id=_margin_table_id(perp),
            is_delisted=perp.is_delisted is True,
            is_isolated_only=perp.only_isolated is True or perp.margin_mode in _ISOLATED_MODES,
            is_margin_locked=perp.margin_mode == _LOCKED_MODE,
        )
        for place, perp in enumerate(meta.universe)
    ]


def spot_instruments(meta: SpotMeta) -> list[Instrument]:
    """The spot pairs; sizes are in the base token.

    Raises:
        BadFrame: a pair names a token that is not listed.
    """
    token_by_index = {token.index: token for token in meta.tokens}
    instruments = []
    for pair in meta.universe:
        token = token_by_index.get(pair.tokens[0])
        if token is None:
            raise BadFrame(f"{pair.name} is of token {pair.tokens[0]}, which is not listed")
        instruments.append(
            Instrument(
                coin=pair.name,
                asset_id=SPOT_ID_START + pair.index,
                kind=InstrumentKind.SPOT,
                size_decimals=token.sz_decimals,
                leverage_max=1,
            )
        )
    return instruments


def _margin_table_id(perp: PerpMeta) -> int:
    """An id under 50 stands for a single tier of that leverage (venue.md 1)."""
    return perp.max_leverage if perp.margin_table_id is None else perp.margin_table_id
