"""Private messages survive decoding and encoding; their meaning survives the vocabulary."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from hive.domain.identifiers import Address
from hive.domain.market import Side
from hive.hyperliquid import wire, wire_private
from hive.hyperliquid.codec import decode_push, report_kind, to_fill, to_order_report, venue_text
from hive.hyperliquid.subscriptions import Subscription, canonical

USER = Address("0x" + "ab" * 20)

amounts = st.builds(
    lambda digits, places: venue_text(Decimal(digits).scaleb(-places)),
    st.integers(-(10**18), 10**18),
    st.integers(0, 12),
)
ids = st.integers(0, 2**63 - 1)
times = st.integers(0, 2**53)
words = st.text(max_size=30)
cloids = st.integers(0, 2**128 - 1).map(lambda number: f"0x{number:032x}")
hashes = st.integers(0, 2**256 - 1).map(lambda number: f"0x{number:064x}")
addresses = st.integers(0, 2**160 - 1).map(lambda number: f"0x{number:040x}")
maybe_cloid = st.one_of(st.just(UNSET), st.none(), cloids)

fills = st.builds(
    wire_private.WsFill,
    coin=words,
    px=amounts,
    sz=amounts,
    side=st.sampled_from(Side),
    time=times,
    start_position=amounts,
    dir=words,
    closed_pnl=amounts,
    hash=hashes,
    oid=ids,
    crossed=st.booleans(),
    fee=amounts,
    builder_fee=st.one_of(st.just(UNSET), amounts),
    tid=ids,
    cloid=maybe_cloid,
    liquidation=st.one_of(
        st.just(UNSET),
        st.builds(wire_private.FillLiquidation, addresses, amounts, st.just("market")),
    ),
    fee_token=words,
    twap_id=st.one_of(st.just(UNSET), st.none(), ids),
)
orders = st.builds(
    wire_private.BasicOrder,
    coin=words,
    side=st.sampled_from(Side),
    limit_px=amounts,
    sz=amounts,
    oid=ids,
    timestamp=times,
    orig_sz=amounts,
    cloid=maybe_cloid,
    reduce_only=st.one_of(st.just(UNSET), st.booleans()),
)
updates = st.builds(wire_private.OrderUpdate, orders, words, times)


@given(st.lists(fills, max_size=3).map(tuple), st.one_of(st.just(UNSET), st.booleans()))
def test_fills(rows: tuple[wire_private.WsFill, ...], is_snapshot: Any) -> None:
    push = wire.UserFillsPush(
        wire_private.UserFills(is_snapshot=is_snapshot, user=USER, fills=rows)
    )
    raw = msgspec.json.encode(push)
    assert decode_push(raw) == push
    for row in rows:
        fill = to_fill(row, USER)
        amounts_back = (fill.px, fill.size, fill.fee, fill.closed_pnl_usd, fill.start_position)
        assert tuple(map(venue_text, amounts_back)) == (
            row.px,
            row.sz,
            row.fee,
            row.closed_pnl,
            row.start_position,
        )
        assert fill.key == (USER, row.coin, row.time, row.tid, row.side)
        assert fill.cloid == (row.cloid or None)


@given(st.lists(updates, max_size=3).map(tuple))
def test_order_updates(rows: tuple[wire_private.OrderUpdate, ...]) -> None:
    push = wire.OrderUpdatesPush(rows)
    assert decode_push(msgspec.json.encode(push)) == push
    for row in rows:
        report = to_order_report(row)
        assert venue_text(report.open_size) == row.order.sz
        assert venue_text(report.limit_px) == row.order.limit_px
        assert (report.status, report.kind) == (row.status, report_kind(row.status))
        assert report.reduce_only is (row.order.reduce_only is True)


subscriptions = st.builds(
    Subscription,
    type=st.one_of(st.sampled_from(["l2Book", "bbo", "userFills", "user", "candle"]), words),
    coin=st.one_of(st.none(), words),
    user=st.one_of(st.none(), addresses.map(Address)),
    interval=st.one_of(st.none(), words),
    dex=st.one_of(st.none(), words),
    fast=st.one_of(st.none(), st.booleans()),
    n_sig_figs=st.one_of(st.none(), st.integers(2, 5)),
    mantissa=st.one_of(st.none(), st.integers(1, 5)),
    aggregate_by_time=st.one_of(st.none(), st.booleans()),
)

DEFAULTS = {
    "coin": None,
    "user": None,
    "interval": None,
    "dex": "",
    "fast": False,
    "nSigFigs": None,
    "mantissa": None,
    "aggregateByTime": False,
}


@given(subscriptions, st.randoms(use_true_random=False))
def test_an_echo_in_any_words_is_the_subscription(asked: Subscription, rng: Any) -> None:
    """Defaults filled in, keys in any order, the user shouted, fields we never heard of."""
    echo = {**DEFAULTS, **asked.to_wire(), "unheardOf": 1}
    if echo["user"]:
        echo["user"] = "0x" + str(echo["user"])[2:].upper()
    keys = list(echo)
    rng.shuffle(keys)
    assert canonical({key: echo[key] for key in keys}) == asked
    assert canonical(asked.to_wire()).key == asked.key


@given(subscriptions, subscriptions)
def test_keys_are_equal_exactly_when_subscriptions_are(
    one: Subscription, other: Subscription
) -> None:
    assert (one.key == other.key) == (one == other)
