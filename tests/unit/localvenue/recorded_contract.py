"""Which of our answers stands beside which recorded payload, and what may differ, with reasons.

The venue builds its JSON by itself, so a field that the client misreads cannot be misread here in
the same way; what holds both is what the real venue sent.
"""

from __future__ import annotations

from typing import Any

PROBE = "live_captures/wsprobe_frames_2026-09-24.json#"

LATER_FIELDS = {
    "marginTableId",
    "isDelisted",
    "onlyIsolated",
    "marginMode",
    "marginTables",
    "collateralToken",
    "cloid",
    "origSz",
    "reduceOnly",
    "tid",
    "feeToken",
    "twapId",
    "crossMaintenanceMarginUsed",
    "maxLeverage",
    "cumFunding",
    "time",
}
"""Newer recordings have them; those of 2023 are older."""

RECORDED_2023 = {
    "sdk/get_candles_snapshot.json#0",
    "sdk/get_frontend_open_orders.json#0",
    "sdk/get_funding_history_1684811870000.json#0",
    "sdk/get_funding_history_None.json#0",
    "sdk/get_info.json#0",
    "sdk/get_l2_snapshot.json#0",
    "sdk/get_open_orders.json#0",
    "sdk/get_user_fills.json#0",
    "sdk/get_user_fills_by_time.json#0",
    "sdk/get_user_state.json#0",
}

REDUCED = {
    "nautilus/http_all_perp_metas_non_usdc_collateral.json",
    "nautilus/http_clearinghouse_state_negative_total_raw_usd.json",
    "nautilus/http_funding_history.json",
    "nautilus/http_l2_book_btc.json",
    "nautilus/http_l2_book_snapshot.json",
    "nautilus/http_meta_perp_sample.json",
    "nautilus/http_recent_trades_btc.json",
    "nautilus/http_spot_clearinghouse_state.json",
    "nautilus/http_spot_meta_non_usdc_collateral.json",
    "nautilus/http_user_fills_dust_conversion.json",
    "nautilus/ws_book_data.json",
}
"""Somebody left fields out of them: ours may have more."""

NAMES_ARE_DATA = {"sdk/get_all_mids.json#0": "", "nautilus/ws_allmids.json": "[].mids"}
"""Where the names in an object are coins."""

ALLOWED = {
    ("sdk/get_l2_snapshot.json#1", ".levels[][]"): "nobody quotes that coin in this world",
    ("sdk/get_user_state.json#0", ".assetPositions[].position.maxTradeSzs"): (
        "moved to activeAssetData since"
    ),
    ("live_captures/bytex_meta_first6.json", ".universe[].onlyIsolated"): (
        "of delisted coins, and not of these six"
    ),
    ("live_captures/bytex_meta_first6.json", ".universe[].marginMode"): (
        "of delisted coins, and not of these six"
    ),
    ("live_captures/bytex_ws_orderUpdates.json", "[][].order.reduceOnly"): (
        "only of orders that are reduce-only, and that one is not"
    ),
    ("sdk/user_rate_limit.json#0", ".nRequestsSurplus"): "newer than the recording",
    ("sdk/user_non_funding_ledger_updates_without_end_time.json#0", "[].delta.vault"): (
        "that account put money into no vault"
    ),
    ("sdk/user_non_funding_ledger_updates_without_end_time.json#0", "[].delta.isDeposit"): (
        "that account put money into no vault"
    ),
}
"""Differences that are none of the venue's."""

PENDING: tuple[str, ...] = ()
"""Answers to what the venue does not offer yet."""

REQUESTS: dict[str, dict[str, Any]] = {
    "live_captures/bytex_meta_first6.json": {"type": "meta"},
    "live_captures/bytex_clearinghouseState.json": {"type": "clearinghouseState", "user": ""},
    "live_captures/bytex_candleSnapshot_btc_1h.json": {
        "type": "candleSnapshot",
        "req": {"coin": "BTC", "interval": "1h"},
    },
    "live_captures/bytex_fundingHistory_btc.json": {
        "type": "fundingHistory",
        "coin": "BTC",
        "startTime": 0,
    },
    "metadata/real_clearinghouse_small.json": {"type": "clearinghouseState", "user": ""},
    "metadata/real_clearinghouse_whale.json": {"type": "clearinghouseState", "user": ""},
    "metadata/real_perpdexs.json": {"type": "perpDexs"},
    "nautilus/http_all_perp_metas_non_usdc_collateral.json": {"type": "allPerpMetas"},
    "nautilus/http_clearinghouse_state_negative_total_raw_usd.json": {
        "type": "clearinghouseState",
        "user": "",
    },
    "nautilus/http_funding_history.json": {
        "type": "fundingHistory",
        "coin": "BTC",
        "startTime": 0,
    },
    "nautilus/http_l2_book_btc.json": {"type": "l2Book", "coin": "BTC"},
    "nautilus/http_l2_book_snapshot.json": {"type": "l2Book", "coin": "BTC"},
    "nautilus/http_meta_perp_sample.json": {"type": "meta"},
    "nautilus/http_recent_trades_btc.json": {"type": "recentTrades", "coin": "BTC"},
    "nautilus/http_spot_clearinghouse_state.json": {"type": "spotClearinghouseState", "user": ""},
    "nautilus/http_spot_meta_non_usdc_collateral.json": {"type": "spotMeta"},
    "nautilus/http_user_fills_dust_conversion.json": {"type": "userFills", "user": ""},
    "nautilus/ws_book_data.json": {"type": "l2Book", "coin": "BTC"},
}
"""The question whose answer a payload is, where it was recorded without one."""

FRAMES = (
    "live_captures/bytex_ws_activeAssetCtx.json",
    "live_captures/bytex_ws_bbo.json",
    "live_captures/bytex_ws_candle.json",
    "live_captures/bytex_ws_orderUpdates.json",
    "live_captures/bytex_ws_trades.json",
    "live_captures/bytex_ws_user_fills_channel.json",
    f"{PROBE}l2Book_default_trimmed",
    f"{PROBE}l2Book_hip3_trimmed",
    f"{PROBE}bbo",
    f"{PROBE}activeAssetCtx",
    f"{PROBE}trades",
    f"{PROBE}candle",
    "nautilus/ws_all_dexs_asset_ctxs.json",
    "nautilus/ws_allmids.json",
    "order_book_server/ws_trades.json",
)
"""Frames: the channel says what of ours stands beside them."""

ELSEWHERE = {
    "hummingbot/": "made by hand, with kinds that the venue never sent",
    "live_captures/node_and_s3_lines.json#": "lines of archives: test_archive_lines.py",
    "live_captures/rift_testnet_spot_fills_excerpt.json": "test_recorded_spot_shapes.py",
    "live_captures/bytex_exchange_errors.json#": "word for word: test_wire_words.py",
    f"{PROBE}fastAssetCtxs_decoded_excerpt": "packed: test_fast_contexts.py",
    f"{PROBE}l2Book_delisted": "word for word: test_wire_words.py",
    f"{PROBE}subscribe_ack_l2Book_fast": "word for word: test_wire_words.py",
    f"{PROBE}unsubscribe_ack_l2Book": "word for word: test_wire_words.py",
    f"{PROBE}pong": "word for word: test_wire_words.py",
    f"{PROBE}error_already_subscribed": "word for word: test_wire_words.py",
    f"{PROBE}error_parse": "word for word: test_wire_words.py",
    f"{PROBE}post_l2Book_unknown_coin": "word for word: test_wire_words.py",
    "order_book_server/ws_l2book_ack.json": "another server's, with other fields",
    "nautilus/ws_user_fill_liquidation.json": "test_recorded_shapes.py",
}
"""What is compared elsewhere, or cannot be, and why."""
