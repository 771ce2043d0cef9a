"""Every recorded payload decodes, or is listed with the reason why it does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.wire.recorded import ITEMS, METADATA, frame

from hive.domain.errors import BadFrame
from hive.domain.identifiers import Address
from hive.hyperliquid import codec
from hive.hyperliquid.wire import UnknownPush
from hive.hyperliquid.wire_census import FieldCensus

USER = Address("0x" + "ab" * 20)
LIVE = "live_captures/"
PROBE = "live_captures/wsprobe_frames_2026-09-24.json#"

Decode = Callable[[bytes], Any]


def at_once(decode: Callable[[bytes, int], Any]) -> Decode:
    """With a time of arrival, which no payload depends on."""
    return lambda body: decode(body, 0)


def of_user(decode: Callable[[bytes, Address], Any]) -> Decode:
    return lambda body: decode(body, USER)


PUSHES = [
    LIVE + "bytex_ws_activeAssetCtx.json",
    LIVE + "bytex_ws_bbo.json",
    LIVE + "bytex_ws_candle.json",
    LIVE + "bytex_ws_orderUpdates.json",
    LIVE + "bytex_ws_trades.json",
    LIVE + "bytex_ws_user_fills_channel.json",
    PROBE + "subscribe_ack_l2Book_fast",
    PROBE + "unsubscribe_ack_l2Book",
    PROBE + "l2Book_default_trimmed",
    PROBE + "l2Book_hip3_trimmed",
    PROBE + "l2Book_delisted",
    PROBE + "bbo",
    PROBE + "activeAssetCtx",
    PROBE + "trades",
    PROBE + "candle",
    PROBE + "pong",
    PROBE + "error_already_subscribed",
    PROBE + "error_parse",
    PROBE + "post_l2Book_unknown_coin",
    "nautilus/ws_allmids.json",
    "nautilus/ws_user_fill_liquidation.json",
    "order_book_server/ws_l2book_ack.json",
    "order_book_server/ws_trades.json",
]

ANSWERS: dict[str, Decode] = {
    LIVE + "bytex_candleSnapshot_btc_1h.json": at_once(codec.decode_candles),
    LIVE + "bytex_clearinghouseState.json": of_user(codec.decode_clearinghouse_state),
    LIVE + "bytex_exchange_errors.json#unknown_user": codec.decode_exchange_reply,
    LIVE + "bytex_exchange_errors.json#unrecoverable": codec.decode_exchange_reply,
    LIVE + "bytex_exchange_errors.json#duplicate_nonce": codec.decode_exchange_reply,
    LIVE + "bytex_exchange_errors.json#order_ok": codec.decode_exchange_reply,
    LIVE + "bytex_fundingHistory_btc.json": codec.decode_funding_history,
    LIVE + "bytex_meta_first6.json": codec.decode_meta,
    LIVE + "rift_testnet_spot_fills_excerpt.json": of_user(codec.decode_user_fills),
    "metadata/real_clearinghouse_small.json": of_user(codec.decode_clearinghouse_state),
    "metadata/real_clearinghouse_whale.json": of_user(codec.decode_clearinghouse_state),
    "metadata/real_perpdexs.json": codec.decode_perp_dexs,
    "nautilus/http_all_perp_metas_non_usdc_collateral.json": codec.decode_all_metas,
    "nautilus/http_funding_history.json": codec.decode_funding_history,
    "nautilus/http_meta_perp_sample.json": codec.decode_meta,
    "nautilus/http_recent_trades_btc.json": at_once(codec.decode_recent_trades),
    "nautilus/http_spot_clearinghouse_state.json": codec.decode_spot_state,
    "nautilus/http_spot_meta_non_usdc_collateral.json": codec.decode_spot_meta,
    "nautilus/http_user_fills_dust_conversion.json": of_user(codec.decode_user_fills),
    "nautilus/ws_book_data.json": at_once(codec.decode_l2_book),
    "sdk/get_all_mids.json#0": at_once(codec.decode_all_mids),
    "sdk/get_candles_snapshot.json#0": codec.decode_meta,
    "sdk/get_candles_snapshot.json#1": at_once(codec.decode_candles),
    "sdk/get_frontend_open_orders.json#0": at_once(codec.decode_open_orders),
    "sdk/get_funding_history_1684811870000.json#0": codec.decode_meta,
    "sdk/get_funding_history_1684811870000.json#1": codec.decode_funding_history,
    "sdk/get_funding_history_None.json#0": codec.decode_meta,
    "sdk/get_funding_history_None.json#1": codec.decode_funding_history,
    "sdk/get_info.json#0": codec.decode_meta,
    "sdk/get_l2_snapshot.json#0": codec.decode_meta,
    "sdk/get_l2_snapshot.json#1": at_once(codec.decode_l2_book),
    "sdk/historical_orders.json#0": codec.decode_historical_orders,
    "sdk/user_funding_history_with_end_time.json#0": of_user(codec.decode_user_funding),
    "sdk/user_funding_history_without_end_time.json#0": of_user(codec.decode_user_funding),
    "sdk/user_rate_limit.json#0": codec.decode_user_rate_limit,
    "sdk/user_role.json#0": codec.decode_user_role,
}

REFUSED: dict[str, tuple[str, Decode]] = {
    "hummingbot/ws_user_stream.json#orderUpdates": (
        "written by hand: a text oid, a bare size",
        codec.decode_push,
    ),
    "hummingbot/ws_user_stream.json#user": (
        "written by hand: a text oid, a bare size",
        codec.decode_push,
    ),
    "nautilus/http_clearinghouse_state_negative_total_raw_usd.json": (
        "cut down by hand: no margin summary of the whole account",
        of_user(codec.decode_clearinghouse_state),
    ),
    "nautilus/http_l2_book_btc.json": (
        "cut down by hand: levels without a count of orders",
        at_once(codec.decode_l2_book),
    ),
    "nautilus/http_l2_book_snapshot.json": (
        "cut down by hand: levels without a count of orders",
        at_once(codec.decode_l2_book),
    ),
    "sdk/get_open_orders.json#0": (
        "old shape (2023): no original size",
        at_once(codec.decode_open_orders),
    ),
    "sdk/get_user_fills.json#0": (
        "old shape (2023): no trade id, no fee token",
        of_user(codec.decode_user_fills),
    ),
    "sdk/get_user_fills_by_time.json#0": (
        "old shape (2023): no trade id, no fee token",
        of_user(codec.decode_user_fills),
    ),
    "sdk/get_user_state.json#0": (
        "old shape (2023): no time, no funding",
        of_user(codec.decode_clearinghouse_state),
    ),
}
"""Not the venue's shape of today: they must not decode."""

LATER = {
    "nautilus/ws_all_dexs_asset_ctxs.json": "a channel Hive does not ask for: unknown, no fault",
    PROBE + "fastAssetCtxs_decoded_excerpt": "content of a compressed channel, not a frame",
    LIVE + "bytex_exchange_errors.json#info_unknown_type_http422_text": "plain text, not JSON",
    LIVE + "node_and_s3_lines.json#s3_market_data_l2Book_line": "archive lines: replay",
    LIVE + "node_and_s3_lines.json#node_trades_line_real": "node files: replay",
    LIVE + "node_and_s3_lines.json#node_raw_book_diffs_streaming_line_real": "node files: replay",
    LIVE + "node_and_s3_lines.json#node_raw_book_diff_variants": "node files: replay",
    LIVE + "node_and_s3_lines.json#node_fills_line_shape": "node files: replay",
    LIVE + "node_and_s3_lines.json#node_fills_by_block_line_shape": "node files: replay",
    "hummingbot/ws_user_stream.json#subscribe_messages_sent": "placeholder addresses",
    "sdk/delegator_history.json#0": "staking: not traded with",
    "sdk/extra_agents.json#0": "agents: guardian",
    "sdk/portfolio.json#0": "portfolio history: wallets",
    "sdk/user_non_funding_ledger_updates_with_end_time.json#0": "ledger: wallets",
    "sdk/user_non_funding_ledger_updates_without_end_time.json#0": "ledger: wallets",
    "sdk/user_twap_slice_fills.json#0": "the venue's own TWAP: not offered",
    "sdk/user_vault_equities.json#0": "vaults: wallets",
}
"""Shapes that later work will read, and things that are no payload."""


def test_every_payload_is_accounted_for_once() -> None:
    """A payload that is added is either decoded or given a reason."""
    tables = [*PUSHES, *ANSWERS, *REFUSED, *LATER]
    assert sorted(tables) == sorted(ITEMS)


@pytest.mark.parametrize("item", PUSHES)
def test_frame_decodes(item: str) -> None:
    """It is the push of its channel."""
    push = codec.decode_push(frame(item))
    assert not isinstance(push, UnknownPush)
    config = push.__struct_config__
    assert ITEMS[item]["channel"] == (config.tag or push.route[0])


@pytest.mark.parametrize("item", PUSHES)
def test_key_order_does_not_matter(item: str) -> None:
    """A frame whose channel comes last reads the same."""
    body = ITEMS[item]
    turned = frame(item)
    if "data" in body:
        head = b'{"channel":"%b",' % body["channel"].encode()
        assert turned.startswith(head)
        turned = b"{" + turned[len(head) : -1] + b"," + head[1:-1] + b"}"
    assert codec.decode_push(turned) == codec.decode_push(frame(item))


def test_every_field_of_the_frames_is_named() -> None:
    """Nothing the venue sends on these channels is passed over unknowingly."""
    census = FieldCensus(every=1, every_private=1)
    for item in PUSHES:
        census.saw(codec.decode_push(frame(item)), frame(item))
    assert census.looked_at == len(PUSHES)
    assert census.count_by_field == {}


@pytest.mark.parametrize("item", ANSWERS)
def test_answer_decodes(item: str) -> None:
    """It gives a value for every row."""
    value = ANSWERS[item](frame(item))
    if isinstance(ITEMS[item], list):
        assert len(value) == len(ITEMS[item])
    assert value is not None


@pytest.mark.parametrize("item", REFUSED)
def test_what_is_no_shape_of_today_is_refused(item: str) -> None:
    """The reason still holds: it does not decode."""
    _reason, decode = REFUSED[item]
    with pytest.raises(BadFrame):
        decode(frame(item))


def test_a_channel_not_asked_for_is_no_fault() -> None:
    """It is named, so that it can be counted."""
    push = codec.decode_push(frame("nautilus/ws_all_dexs_asset_ctxs.json"))
    assert push == UnknownPush("allDexsAssetCtxs")


def test_metadata_of_the_local_venue_decodes() -> None:
    """All 234 perps and 22 spot pairs, each with its live numbers."""
    perps = b"[%b,%b]" % (_metadata("meta_perps"), _metadata("asset_ctxs"))
    meta, contexts = codec.decode_meta_and_contexts(perps, 0)
    assert len(meta.universe) == len(contexts) == 234
    assert sum(1 for perp in codec.perp_instruments(meta) if perp.is_delisted) == 56
    spot = b"[%b,%b]" % (_metadata("spot_meta"), _metadata("spot_asset_ctxs"))
    spot_meta, spot_contexts = codec.decode_spot_meta_and_contexts(spot, 0)
    assert [pair.coin for pair in codec.spot_instruments(spot_meta)] == [
        context.coin for context in spot_contexts
    ]
    assert str(codec.decode_user_fees(_metadata("user_fees")).taker) == "0.00045"


def _metadata(name: str) -> bytes:
    return (METADATA / f"{name}.json").read_bytes()
