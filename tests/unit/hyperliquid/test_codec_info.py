"""Answers of /info as domain values, and instruments as the venue numbers them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from hive.domain.errors import BadFrame
from hive.domain.identifiers import Address
from hive.domain.instruments import InstrumentKind
from hive.domain.order_options import Trigger, TriggerKind
from hive.domain.orders import ReportKind
from hive.hyperliquid import codec

USER = Address("0x" + "ab" * 20)

FRONTEND_ORDER = (
    b'{"coin":"TON","side":"B","limitPx":"3.2502","sz":"0.0","oid":141682155424,"timestamp":5,'
    b'"triggerCondition":"N/A","isTrigger":false,"triggerPx":"0.0","children":[],'
    b'"isPositionTpsl":false,"reduceOnly":false,"orderType":"Limit","origSz":"81.7","tif":"Ioc",'
    b'"cloid":null}'
)


def test_an_order_that_is_known() -> None:
    body = (
        b'{"status":"order","order":{"order":%b,"status":"iocCancelRejected","statusTimestamp":6}}'
    )
    report = codec.decode_order_status(body % FRONTEND_ORDER)
    assert report is not None
    assert (report.kind, report.oid, report.status_ms) == (ReportKind.REJECTED, 141682155424, 6)
    assert (report.open_size, report.original_size) == (Decimal(0), Decimal("81.7"))


def test_an_order_that_is_not_known() -> None:
    assert codec.decode_order_status(b'{"status":"unknownOid"}') is None


def test_open_orders_in_either_form() -> None:
    """The brief form has no trigger fields; both give the same report."""
    brief = (
        b'[{"coin":"TON","side":"B","limitPx":"3.2502","sz":"0.0","oid":141682155424,'
        b'"timestamp":5,"origSz":"81.7"}]'
    )
    full = b"[%b]" % FRONTEND_ORDER
    assert codec.decode_open_orders(brief, 9) == codec.decode_open_orders(full, 9)
    assert codec.decode_open_orders(b"[]", 9) == []


def test_the_full_form_tells_what_an_order_waits_for() -> None:
    row = (
        b'[{"coin":"BTC","side":"A","limitPx":"70093.0","sz":"0.01","oid":7,"timestamp":1,'
        b'"triggerCondition":"Price below 77881.0","isTrigger":true,"triggerPx":"77881.0",'
        b'"children":[],"isPositionTpsl":false,"reduceOnly":true,"orderType":"Stop Market",'
        b'"origSz":"0.01","tif":null,"cloid":null}]'
    )
    (report,) = codec.decode_open_orders(row, 9)
    assert report.reduce_only
    assert report.trigger == Trigger(TriggerKind.STOP, Decimal("77881.0"), is_market=True)


def test_which_candles_have_closed() -> None:
    """Those whose last millisecond is over."""
    prices = b'"o":"1.0","c":"1.0","h":"1.0","l":"1.0","v":"0.0","n":0'
    row = b'{"t":%%d,"T":%%d,"s":"BTC","i":"1m",%b}' % prices
    body = b"[%b,%b]" % (row % (0, 59_999), row % (60_000, 119_999))
    for now_ms, closed in (
        (59_999, [False, False]),
        (60_000, [True, False]),
        (120_000, [True] * 2),
    ):
        assert [candle.is_closed for candle in codec.decode_candles(body, now_ms)] == closed


def test_a_coin_the_venue_does_not_know_has_no_book() -> None:
    assert codec.decode_l2_book(b"null", 0) is None


def test_the_address_budget() -> None:
    """As recorded, and with the surplus that newer answers carry."""
    body = b'{"cumVlm":"170043721737.450012207","nRequestsUsed":365,"nRequestsCap":1700%b}'
    plain = codec.decode_user_rate_limit(body % b"")
    assert (plain.used, plain.cap, plain.surplus) == (365, 1700, 0)
    assert str(plain.volume_usd) == "170043721737.450012207"
    assert codec.decode_user_rate_limit(body % b',"nRequestsSurplus":5').surplus == 5


@pytest.mark.parametrize(
    ("body", "role", "master"),
    [
        (b'{"role":"missing"}', "missing", None),
        (b'{"role":"user"}', "user", None),
        (b'{"role":"vault"}', "vault", None),
        (b'{"role":"agent","data":{"user":"0x%b"}}' % (b"AB" * 20), "agent", USER),
        (b'{"role":"subAccount","data":{"master":"0x%b"}}' % (b"ab" * 20), "subAccount", USER),
    ],
)
def test_roles(body: bytes, role: str, master: str | None) -> None:
    answer = codec.decode_user_role(body)
    assert (answer.role, answer.master) == (role, master)


def test_balances_and_fees_are_exact() -> None:
    row = b'{"coin":"USDC","token":0,"total":"14.625485","hold":"2.5","entryNtl":"0.0"}'
    (balance,) = codec.decode_spot_state(b'{"balances":[%b]}' % row)
    assert (balance.coin, balance.total, balance.held) == (
        "USDC",
        Decimal("14.625485"),
        Decimal("2.5"),
    )
    fees = codec.decode_user_fees(b'{"userCrossRate":"0.00045","userAddRate":"-0.00003"}')
    assert (fees.taker, fees.maker) == (Decimal("0.00045"), Decimal("-0.00003"))


META = (
    b'{"universe":[{"szDecimals":5,"name":"BTC","maxLeverage":40,"marginTableId":56},'
    b'{"szDecimals":1,"name":"MATIC","maxLeverage":20,"isDelisted":true},'
    b'{"szDecimals":0,"name":"X","maxLeverage":3,"onlyIsolated":true},'
    b'{"szDecimals":0,"name":"Y","maxLeverage":3,"marginMode":"strictIsolated"}]}'
)


def test_perps_are_numbered_by_place() -> None:
    """Delisted ones keep theirs; a builder's dex starts at 110000."""
    perps = codec.perp_instruments(codec.decode_meta(META))
    assert [perp.asset_id for perp in perps] == [0, 1, 2, 3]
    assert [perp.is_delisted for perp in perps] == [False, True, False, False]
    assert [perp.is_isolated_only for perp in perps] == [False, False, True, True]
    assert [perp.margin_table_id for perp in perps] == [56, 20, 3, 3]
    built = codec.perp_instruments(codec.decode_meta(META), dex_index=1)
    assert [perp.asset_id for perp in built] == [110000, 110001, 110002, 110003]
    assert built[0].kind is InstrumentKind.BUILDER_PERP


SPOT = (
    b'{"universe":[{"tokens":[150,0],"name":"@107","index":107,"isCanonical":false}],"tokens":['
    b'{"name":"USDC","szDecimals":8,"weiDecimals":8,"index":0,"tokenId":"0x0","isCanonical":true},'
    b'{"name":"HYPE","szDecimals":2,"weiDecimals":8,"index":%d,"tokenId":"0x1"}]}'
)


def test_spot_pairs_are_numbered_by_index_and_sized_by_their_base_token() -> None:
    (pair,) = codec.spot_instruments(codec.decode_spot_meta(SPOT % 150))
    assert (pair.coin, pair.asset_id, pair.size_decimals) == ("@107", 10107, 2)
    assert pair.kind is InstrumentKind.SPOT


def test_a_pair_of_an_unlisted_token_is_refused() -> None:
    with pytest.raises(BadFrame, match="@107"):
        codec.spot_instruments(codec.decode_spot_meta(SPOT % 151))


def test_contexts_must_match_the_universe() -> None:
    """By place: one too few would give every later coin its neighbour's price."""
    with pytest.raises(BadFrame, match="4 perps with 0"):
        codec.decode_meta_and_contexts(b"[%b,[]]" % META, 0)


def test_dexes_are_named_by_place() -> None:
    dex = b'{"name":"xyz","fullName":"XYZ","deployer":"0x%b"}' % (b"ab" * 20)
    assert codec.decode_perp_dexs(b"[null,%b]" % dex) == ("", "xyz")


DECODERS: list[Callable[[bytes], Any]] = [
    lambda body: codec.decode_l2_book(body, 0),
    lambda body: codec.decode_recent_trades(body, 0),
    lambda body: codec.decode_candles(body, 0),
    lambda body: codec.decode_all_mids(body, 0),
    codec.decode_funding_history,
    lambda body: codec.decode_user_fills(body, USER),
    lambda body: codec.decode_open_orders(body, 0),
    codec.decode_order_status,
    codec.decode_historical_orders,
    lambda body: codec.decode_clearinghouse_state(body, USER),
    codec.decode_spot_state,
    codec.decode_user_fees,
    codec.decode_user_rate_limit,
    codec.decode_user_role,
    codec.decode_meta,
    codec.decode_all_metas,
    codec.decode_spot_meta,
    codec.decode_perp_dexs,
    lambda body: codec.decode_meta_and_contexts(body, 0),
    lambda body: codec.decode_spot_meta_and_contexts(body, 0),
]


@pytest.mark.parametrize("body", [b"", b"3", b'"x"', b"[1]", b'{"a":"x"}', b"\xff", b"[" * 100_000])
@pytest.mark.parametrize("decode", DECODERS)
def test_what_is_no_answer_is_a_bad_frame(decode: Callable[[bytes], Any], body: bytes) -> None:
    with pytest.raises(BadFrame):
        decode(body)
