"""Lines of the public archives become feed events; the recorded samples are the measure."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive.domain.identifiers import Address
from hive.domain.market import Side
from hive.localvenue.markets.archive_lines import (
    TakerAt,
    context_reader,
    iso_ms,
    node_trade_reader,
    read_book,
    read_fill,
    read_fill_block,
)
from hive.localvenue.markets.feed_events import (
    ELSEWHERE,
    FeedBook,
    FeedContext,
    FeedTrade,
    Unreadable,
)

RECORDED = Path(__file__).parents[3] / "data" / "recorded" / "live_captures"
SAMPLES: dict[str, Any] = json.loads((RECORDED / "node_and_s3_lines.json").read_text())
ALICE, BOB = Address("0x" + "a1" * 20), Address("0x" + "b2" * 20)


def line(value: Any) -> bytes:
    return json.dumps(value).encode()


def fill(**more: Any) -> dict[str, Any]:
    """A fill as the API writes it: recorded, and changed as a test needs."""
    frame = json.loads((RECORDED / "bytex_ws_user_fills_channel.json").read_text())
    found = _first_fill(frame)
    return {**found, **more}


def _first_fill(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        if "closedPnl" in value:
            return value
        value = list(value.values())
    for each in value if isinstance(value, list) else []:
        found = _first_fill(each)
        if found:
            return found
    return {}


def test_a_book_line_is_a_book() -> None:
    (book,) = read_book(line(SAMPLES["s3_market_data_l2Book_line"]))
    assert book == FeedBook(
        "SOL",
        1694854800123,
        ((Decimal("18.93"), Decimal("10.0")),),
        ((Decimal("18.94"), Decimal("10.0")),),
    )


def test_a_node_trade_is_a_trade_of_its_side() -> None:
    (trade,) = node_trade_reader("first")(line(SAMPLES["node_trades_line_real"]))
    assert isinstance(trade, FeedTrade)
    assert (trade.coin, trade.side, trade.px, trade.size) == (
        "COMP",
        Side.BUY,
        Decimal("51.367"),
        Decimal("0.31"),
    )
    assert trade.ms == 1721982385899
    assert trade.buyer == "0xc64cc00b46101bd40aa1c3121195e85c0b0918d8"


@pytest.mark.parametrize(
    ("taker_at", "buyer"), [("first", ALICE), ("second", BOB), ("largerOid", BOB)]
)
def test_which_party_took_is_asked_for(taker_at: TakerAt, buyer: Address) -> None:
    parties = [{"user": ALICE, "oid": 5}, {"user": BOB, "oid": 9}]
    row = {**SAMPLES["node_trades_line_real"], "side_info": parties}
    (trade,) = node_trade_reader(taker_at)(line(row))
    assert isinstance(trade, FeedTrade)
    assert trade.buyer == buyer
    (sold,) = node_trade_reader(taker_at)(line({**row, "side": "A"}))
    assert isinstance(sold, FeedTrade)
    assert sold.seller == buyer


def test_of_two_fills_of_a_trade_the_takers_counts() -> None:
    (trade,) = read_fill(line([ALICE, fill(crossed=True, side="A")]))
    assert isinstance(trade, FeedTrade)
    assert (trade.side, trade.seller, trade.buyer) == (Side.SELL, ALICE, ELSEWHERE)
    assert list(read_fill(line([BOB, fill(crossed=False)]))) == []


def test_fills_of_a_block_have_the_blocks_time() -> None:
    block = {
        **SAMPLES["node_fills_by_block_line_shape"],
        "local_time": "2026-06-10T13:10:56.723695057",
        "block_time": "2026-06-10T12:56:15.035481067",
        "events": [[ALICE, fill(crossed=True)], [BOB, fill(crossed=False)]],
    }
    (trade,) = read_fill_block(line(block))
    assert trade.ms == 1781096175035


def test_contexts_are_read_by_the_names_of_their_columns() -> None:
    read = context_reader()
    assert list(read(b"coin,time,oracle_px,mark_px,mid_px")) == []
    (context,) = read(b"BTC,2023-05-20T00:01:00Z,26890.5,26891.0,")
    assert context == FeedContext("BTC", 1684540860000, Decimal("26891.0"), Decimal("26890.5"))
    with pytest.raises(Unreadable, match="no column 'mark_px'"):
        list(context_reader()(b"time,coin,oracle_px"))
    with pytest.raises(Unreadable):
        list(read(b"BTC,2023-05-20T00:01:00Z,,"))


@given(st.integers(0, 7_000_000_000_000))
def test_times_are_the_calendars(ms: int) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
    text = moment.replace(tzinfo=None).isoformat(timespec="microseconds")
    assert iso_ms(text + "789") == ms
    assert iso_ms(text.replace("T", " ") + "Z") == ms


@pytest.mark.parametrize("text", ["", "yesterday", "2026-06-10", "2026-06-10T1:2", "99T1:2:3"])
def test_what_is_no_time_is_named(text: str) -> None:
    with pytest.raises(Unreadable, match="is not a time"):
        iso_ms(text)


@pytest.mark.parametrize("bad", [b"", b"[]", b"{}", b'{"raw":1}', b"\xff", b"[1,2]"])
def test_a_line_that_is_none_is_named(bad: bytes) -> None:
    for read in (read_book, read_fill, read_fill_block, node_trade_reader("first")):
        with pytest.raises(Unreadable):
            list(read(bad))
