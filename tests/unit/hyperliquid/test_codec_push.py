"""Frames: what is let through, what is refused, and that nothing else can happen."""

from __future__ import annotations

import pytest

from hive.domain.errors import BadFrame
from hive.domain.market import Level, Side
from hive.hyperliquid import wire
from hive.hyperliquid.codec import (
    decode_push,
    to_asset_context,
    to_bbo,
    to_book,
    to_candle,
    to_mids,
    to_trades,
)

BBO = b'{"channel":"bbo","data":{"coin":"BTC","time":5,"bbo":[%b,null]}}'
LEVEL = b'{"px":%b,"sz":%b,"n":%b}'


def bbo_px(text: bytes) -> float:
    """The bid of a bbo whose price is this JSON value."""
    push = decode_push(BBO % (LEVEL % (text, b'"1.0"', b"1")))
    assert isinstance(push, wire.BboPush)
    bid = push.data.bbo[0]
    assert bid is not None
    return bid.px


@pytest.mark.parametrize("text", ["83757.0", "0.00000001", "1", "12.50"])
def test_number_text_becomes_a_float(text: str) -> None:
    assert bbo_px(b'"%b"' % text.encode()) == float(text)


MALFORMED = [
    " 1",
    "1 ",
    "\\t1",
    "1_0",
    "true",
    "null",
    "0x1",
    "+1",
    "1.",
    ".5",
    "01",
    "1,5",
    "1.5.5",
    "",
    "--1",
    "-",
    "1d",
    "1e",
    "NaN",
    "nan",
    "-nan",
    "Infinity",
    "-Infinity",
    "inf",
    "infinit",
    "-1.0",
    "0.0",
    "-0.0",
    "1e15",
    "1e400",
    "9" * 400,
    "\\u0661",
    "\\uff11",
    "1\\u0000",
]


@pytest.mark.parametrize("text", MALFORMED)
def test_malformed_number_text_is_refused(text: str) -> None:
    """Blanks, underscores, words, signs, hex, NaN, infinity and prices that are none."""
    with pytest.raises(BadFrame):
        bbo_px(b'"%b"' % text.encode())


@pytest.mark.parametrize("value", [b"true", b"null", b"[1]", b"{}", b"NaN", b"-1", b"1e400"])
def test_other_values_are_no_price(value: bytes) -> None:
    with pytest.raises(BadFrame):
        bbo_px(value)


def test_what_the_public_reader_lets_through() -> None:
    """JSON's own number grammar, bare or as text, integers and null as text. The venue writes none
    of these; all are harmless."""
    assert bbo_px(b"1.5") == 1.5
    assert bbo_px(b'"1e2"') == 100.0
    assert bbo_px(b'"1\\u0030"') == 10.0
    null = decode_push(b'{"channel":"bbo","data":{"coin":"B","time":"5","bbo":["null",null]}}')
    assert isinstance(null, wire.BboPush)
    assert (null.data.time, null.data.bbo) == (5, (None, None))


@pytest.mark.parametrize("count", [b"-1", b"1.5", b"4294967296", b"true", b'"x"'])
def test_a_count_of_orders_is_a_small_integer(count: bytes) -> None:
    with pytest.raises(BadFrame):
        decode_push(BBO % (LEVEL % (b'"1.0"', b'"1.0"', count)))


ORDER = (
    b'{"channel":"orderUpdates","data":[{"order":{"coin":"BTC","side":"B","limitPx":%b,"sz":"0.01",'
    b'"oid":%b,"timestamp":5,"origSz":"0.01"},"status":"open","statusTimestamp":5}]}'
)


BAD_PX = [
    b"83000.0",
    b"83000",
    b'"NaN"',
    b'"1e5"',
    b'" 1"',
    b'"1_0"',
    b'"1.0\\n"',
    b'""',
    b'"1."',
    b'"01"',
    b'"%b"' % (b"9" * 21),
    b'"0.%b"' % (b"1" * 21),
    b'"\\u0661"',
    b"null",
]
BAD_OID = [b'"1"', b"1.0", b"1e3", b"-1", b"null", b"true", b"9223372036854775808"]


@pytest.mark.parametrize(
    ("px", "oid"), [(px, b"1") for px in BAD_PX] + [(b'"1.0"', oid) for oid in BAD_OID]
)
def test_private_numbers_are_read_strictly(px: bytes, oid: bytes) -> None:
    """Prices are text and nothing but, ids are JSON integers and nothing but."""
    with pytest.raises(BadFrame):
        decode_push(ORDER % (px, oid))


def test_private_numbers_keep_every_digit() -> None:
    push = decode_push(ORDER % (b'"-83000.10"', b"556696349186"))
    assert isinstance(push, wire.OrderUpdatesPush)
    assert push.data[0].order.limit_px == "-83000.10"


def test_optional_fields_may_be_absent_or_null() -> None:
    absent = decode_push(ORDER % (b'"1.0"', b"1"))
    null = decode_push((ORDER % (b'"1.0"', b"1")).replace(b'"0.01"}', b'"0.01","cloid":null}'))
    assert isinstance(absent, wire.OrderUpdatesPush)
    assert isinstance(null, wire.OrderUpdatesPush)
    assert null.data[0].order.cloid is None


def test_a_cloid_that_is_none_is_refused() -> None:
    with pytest.raises(BadFrame):
        decode_push((ORDER % (b'"1.0"', b"1")).replace(b'"0.01"}', b'"0.01","cloid":"0x1"}'))


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'"channel"',
        b'{"channel":5}',
        b'{"channel":"bbo"}',
        b'{"channel":"bbo","data":null}',
        b'{"channel":"user","data":[]}',
        b'{"channel":"l2Book","data":{"coin":"BTC","time":1,"levels":[[]]}}',
        b'{"channel":"post","data":{"id":1,"response":{"type":"new","payload":{}}}}',
        b"Websocket connection established.",
        b"\xff\xfe",
        b'{"channel":"bbo","data":{"coin":"\xff"}}',
        b'{"channel":"error","data":"\xc3"}',
        b"[" * 100_000,
        b'{"channel":"other","data":' + b"[" * 100_000,
        b'{"channel":"bbo","data":' + b'{"a":' * 100_000,
        b'{"channel":"bbo","data":{"coin":"B","time":%b,"bbo":[null,null]}}' % (b"9" * 10_000),
    ],
)
def test_bytes_that_are_no_frame_are_bad_frames(frame: bytes) -> None:
    with pytest.raises(BadFrame):
        decode_push(frame)


def test_a_bad_frame_says_how_it_begins_and_no_more() -> None:
    """Its whole text is kept by whoever counts it."""
    with pytest.raises(BadFrame) as caught:
        decode_push(b'{"channel":"bbo","data":{"coin":' + b"x" * 10_000)
    assert '"channel":"bbo"' in str(caught.value)
    assert len(str(caught.value)) < 400


def test_an_unknown_channel_is_no_fault() -> None:
    assert decode_push(b'{"channel":"newThing","data":[1]}') == wire.UnknownPush("newThing")
    long = decode_push(b'{"channel":"%b"}' % (b"x" * 1000))
    assert isinstance(long, wire.UnknownPush)
    assert len(long.channel) == 64


def test_nothing_refers_to_the_receive_buffer() -> None:
    """The buffer is used again for the next frame."""
    reply = bytearray(
        b'{"channel":"post","data":{"id":3,"response":{"type":"action","payload":{"status":"ok"}}}}'
    )
    bid = bytearray(BBO % (LEVEL % (b'"2.0"', b'"1.0"', b"1")))
    posted, best = decode_push(memoryview(reply)), decode_push(memoryview(bid))
    reply[:] = b"x" * len(reply)
    bid[:] = b"x" * len(bid)
    assert posted == wire.PostReply(3, "action", b'{"status":"ok"}')
    assert isinstance(best, wire.BboPush)
    assert best.data.coin == "BTC"


def test_replies_to_posts_come_out_of_their_envelope() -> None:
    start = b'{"channel":"post","data":{"id":7,"response":'
    info = b'{"type":"info","payload":{"type":"l2Book","data":null}}}}'
    error = b'{"type":"error","payload":"429"}}}'
    assert decode_push(start + info) == wire.PostReply(7, "info", b"null")
    assert decode_push(start + error) == wire.PostReply(7, "error", b"", "429")


def test_market_pushes_become_the_vocabulary() -> None:
    """A value of each kind, field by field."""
    bid = LEVEL % (b'"83757.0"', b'"22.61305"', b"81")
    push = decode_push(BBO % bid)
    assert isinstance(push, wire.BboPush)
    best = to_bbo(push.data, received_ns=9)
    assert (best.coin, best.venue_ms, best.received_ns) == ("BTC", 5, 9)
    assert best.bid == Level(83757.0, 22.61305, 81)
    assert best.ask is None

    book = decode_push(
        b'{"channel":"l2Book","data":{"coin":"B","time":5,"levels":[[%b],[]]}}' % bid
    )
    assert isinstance(book, wire.L2BookPush)
    assert to_book(book.data, 9).bids == (Level(83757.0, 22.61305, 81),)
    assert to_book(book.data, 9).mid_px is None

    trades = decode_push(
        b'{"channel":"trades","data":[{"coin":"BTC","side":"A","px":"2.0","sz":"3.0","time":5,'
        b'"hash":"0x0","tid":44,"users":["0xb","0xs"]}]}'
    )
    assert isinstance(trades, wire.TradesPush)
    (trade,) = to_trades(trades.data, 9)
    assert (trade.side, trade.px, trade.sz, trade.trade_id) == (Side.SELL, 2.0, 3.0, 44)
    assert (trade.buyer, trade.seller, trade.received_ns) == ("0xb", "0xs", 9)

    mids = decode_push(b'{"channel":"allMids","data":{"mids":{"BTC":"1.5"}}}')
    assert isinstance(mids, wire.AllMidsPush)
    assert to_mids(mids.data, 9).px_by_coin == {"BTC": 1.5}


CANDLE = (
    b'{"channel":"candle","data":{"t":60000,"T":119999,"s":"BTC","i":"%b","o":"1.0","c":"2.0",'
    b'"h":"3.0","l":"0.5","v":"7.0","n":4}}'
)


def test_candles_keep_their_prices_apart() -> None:
    push = decode_push(CANDLE % b"1m")
    assert isinstance(push, wire.CandlePush)
    candle = to_candle(push.data)
    assert (candle.open_px, candle.high_px, candle.low_px, candle.close_px) == (1.0, 3.0, 0.5, 2.0)
    assert (candle.open_ms, candle.close_ms, candle.interval_ms) == (60_000, 120_000, 60_000)
    assert (candle.volume, candle.trades, candle.is_closed) == (7.0, 4, False)


def test_an_interval_that_does_not_exist_is_refused() -> None:
    push = decode_push(CANDLE % b"7m")
    assert isinstance(push, wire.CandlePush)
    with pytest.raises(BadFrame):
        to_candle(push.data)


def test_contexts_of_empty_books_have_no_prices_there() -> None:
    perp = decode_push(
        b'{"channel":"activeAssetCtx","data":{"coin":"MATIC","ctx":{"funding":"-0.0001",'
        b'"openInterest":"0.0","prevDayPx":"0.37","dayNtlVlm":"0.0","premium":null,'
        b'"oraclePx":"0.36","markPx":"0.37","midPx":null,"impactPxs":null,"dayBaseVlm":"0.0"}}}'
    )
    assert isinstance(perp, wire.ActiveAssetCtxPush)
    context = to_asset_context(perp.data, 9)
    assert (context.mark_px, context.oracle_px, context.mid_px) == (0.37, 0.36, None)
    assert (context.funding_rate, context.premium) == (-0.0001, None)
    spot = decode_push(
        b'{"channel":"activeSpotAssetCtx","data":{"coin":"@1","ctx":{"prevDayPx":"1.0",'
        b'"dayNtlVlm":"8.0","markPx":"2.0","midPx":null,"circulatingSupply":"1.0","coin":"@1"}}}'
    )
    assert isinstance(spot, wire.ActiveSpotAssetCtxPush)
    context = to_asset_context(spot.data, 9)
    assert (context.mark_px, context.oracle_px, context.funding_rate) == (2.0, None, None)
    assert context.day_notional_usd == 8.0
