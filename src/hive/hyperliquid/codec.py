"""The codec's front door: venue bytes to domain values and back.

The rooms behind it: `codec_push` (frames), `codec_market` (public structs to domain),
`codec_account` (private ones), `codec_info` (answers of /info), `codec_exchange` (answers of
/exchange), `codec_requests` (what we send), `wire_numbers` (texts of numbers).
"""

from hive.hyperliquid.codec_account import (
    report_kind,
    to_account_state,
    to_fill,
    to_funding,
    to_liquidation,
    to_open_order_report,
    to_order_report,
)
from hive.hyperliquid.codec_market import (
    perp_context,
    spot_context,
    to_asset_context,
    to_bbo,
    to_book,
    to_candle,
    to_mids,
    to_trades,
)
from hive.hyperliquid.codec_push import decode_push
from hive.hyperliquid.number_text import wire_text
from hive.hyperliquid.wire_numbers import exact, venue_text

__all__ = [
    "decode_push",
    "exact",
    "perp_context",
    "report_kind",
    "spot_context",
    "to_account_state",
    "to_asset_context",
    "to_bbo",
    "to_book",
    "to_candle",
    "to_fill",
    "to_funding",
    "to_liquidation",
    "to_mids",
    "to_open_order_report",
    "to_order_report",
    "to_trades",
    "venue_text",
    "wire_text",
]
