"""Actions are spelled as the venue hashes them, and read as the venue reads them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.unit.hyperliquid.test_account_actions import CANONICAL as OF_ACCOUNTS

from hive.domain.errors import IllegalOrder, MalformedAction
from hive.domain.identifiers import Cloid, StrategyId
from hive.domain.instruments import Instrument, InstrumentKind
from hive.domain.market import Side
from hive.domain.orders import OrderIntent, TimeInForce
from hive.hyperliquid import account_actions, actions
from hive.hyperliquid.actions_parse import parse_action
from hive.hyperliquid.l1_action import L1Action
from hive.hyperliquid.number_text import canonical_text, wire_text

BTC = Instrument("BTC", 0, InstrumentKind.PERP, 5, 40)
CLOID = Cloid("0x" + "ab" * 16)
USER = "0x" + "cd" * 20

ORDER: dict[str, Any] = {
    "a": 0,
    "b": True,
    "p": "84143.5",
    "s": "0.01",
    "r": False,
    "t": {"limit": {"tif": "Gtc"}},
    "c": CLOID,
}
TWAP = {"a": 0, "b": True, "s": "1.5", "r": False, "m": 30, "t": False}
CHAIN = {"signatureChainId": "0x66eee", "hyperliquidChain": "Testnet"}

# One of every kind, its keys in canonical order, optional ones present.
CANONICAL: list[dict[str, Any]] = [
    {
        "type": "order",
        "orders": [ORDER],
        "grouping": "na",
        "builder": {"b": USER, "f": 10},
    },
    {
        "type": "order",
        "orders": [
            {**ORDER, "t": {"trigger": {"isMarket": True, "triggerPx": "80000", "tpsl": "sl"}}}
        ],
        "grouping": {"p": 3},
    },
    {"type": "cancel", "cancels": [{"a": 0, "o": 5}], "f": True},
    {"type": "cancelByCloid", "cancels": [{"asset": 0, "cloid": CLOID}], "f": True},
    {"type": "modify", "oid": 7, "order": ORDER, "a": True},
    {"type": "batchModify", "modifies": [{"oid": CLOID, "order": ORDER}], "a": True},
    {"type": "scheduleCancel", "time": 1_700_000_000_000},
    {"type": "scheduleCancel"},
    {"type": "updateLeverage", "asset": 0, "isCross": True, "leverage": 5},
    {"type": "updateIsolatedMargin", "asset": 0, "isBuy": True, "ntli": -1_000_000},
    {"type": "topUpIsolatedOnlyMargin", "asset": 0, "leverage": "2.5"},
    {"type": "twapOrder", "twap": TWAP},
    {"type": "twapCancel", "a": 0, "t": 12},
    {"type": "noop"},
    {"type": "reserveRequestWeight", "weight": 100, "destination": USER},
    {"type": "vaultTransfer", "vaultAddress": USER, "isDeposit": True, "usd": 5},
    {"type": "subAccountTransfer", "subAccountUser": USER, "isDeposit": False, "usd": 5},
    {
        "type": "subAccountSpotTransfer",
        "subAccountUser": USER,
        "isDeposit": True,
        "token": "USDC:0x0",
        "amount": "1.0",
    },
    {"type": "createSubAccount", "name": "example"},
    {"type": "setReferrer", "code": "CODE1"},
    {"type": "evmUserModify", "usingBigBlocks": True},
    {"type": "gossipPriorityBid", "slotId": 0, "ip": "8.8.8.8", "maxGas": 1},
    {"type": "approveAgent", **CHAIN, "agentAddress": USER, "agentName": "one", "nonce": 5},
    {"type": "approveBuilderFee", **CHAIN, "maxFeeRate": "0.01%", "builder": USER, "nonce": 5},
    {"type": "usdSend", **CHAIN, "destination": USER, "amount": "1", "time": 5},
    {
        "type": "spotSend",
        **CHAIN,
        "destination": USER,
        "token": "PURR:0x1",
        "amount": "1",
        "time": 5,
    },
    {"type": "usdClassTransfer", **CHAIN, "amount": "1", "toPerp": True, "nonce": 5},
    {
        "type": "sendAsset",
        **CHAIN,
        "destination": USER,
        "sourceDex": "",
        "destinationDex": "spot",
        "token": "USDC",
        "amount": "1",
        "fromSubAccount": "",
        "nonce": 5,
    },
]


def _kind(action: dict[str, Any]) -> str:
    return str(action["type"])


@pytest.mark.parametrize("action", CANONICAL, ids=_kind)
def test_an_action_keeps_its_canonical_order(action: dict[str, Any]) -> None:
    """JSON and msgpack come out with the keys in the order that is hashed."""
    parsed = parse_action(action)
    assert msgspec.json.encode(parsed) == msgspec.json.encode(action)
    assert msgspec.msgpack.encode(parsed) == msgspec.msgpack.encode(action)


@pytest.mark.parametrize("action", CANONICAL, ids=_kind)
def test_key_order_of_the_request_does_not_matter(action: dict[str, Any]) -> None:
    """Keys in any order parse to the same action."""
    assert parse_action(dict(reversed(action.items()))) == parse_action(action)


@pytest.mark.parametrize("action", CANONICAL, ids=_kind)
def test_an_unknown_field_in_an_action_is_refused(action: dict[str, Any]) -> None:
    """Only orders may carry fields the venue does not know."""
    with pytest.raises(MalformedAction, match="surprise"):
        parse_action({**action, "surprise": 1})


def test_every_action_of_the_union_is_tried() -> None:
    """No kind is left out, here and in the tests of account actions."""
    kinds = {struct.__struct_config__.tag for struct in actions.Action.__args__}
    assert kinds == {_kind(action) for action in (*CANONICAL, *OF_ACCOUNTS)}


def test_false_flags_are_left_out() -> None:
    """An explicit false would hash differently from the venue's canonical form."""
    for action in (
        {"type": "cancel", "cancels": [], "f": False},
        {"type": "modify", "oid": 7, "order": ORDER, "a": False},
        {"type": "batchModify", "modifies": [], "a": False},
        {"type": "scheduleCancel", "time": None},
    ):
        encoded = msgspec.json.decode(msgspec.json.encode(parse_action(action)))
        assert set(encoded) == set(action) - {"f", "a", "time"}


def _order_with(**changes: object) -> dict[str, Any]:
    return {"type": "order", "orders": [{**ORDER, **changes}], "grouping": "na"}


@pytest.mark.parametrize("text", ["84143.50", "84143.500000000", "084143.5", "84143.5000"])
def test_zero_padding_is_read_and_undone(text: str) -> None:
    """Padded decimals hash as the unpadded ones."""
    assert parse_action(_order_with(p=text, s=text)) == parse_action(
        _order_with(p="84143.5", s="84143.5")
    )


def test_capitals_in_ids_are_undone() -> None:
    """Cloids and addresses hash in lower case."""
    loud = "0x" + "AB" * 16
    assert parse_action(_order_with(c=loud)) == parse_action(_order_with(c=CLOID))
    cancel = {"type": "cancelByCloid", "cancels": [{"asset": 0, "cloid": loud}]}
    assert parse_action(cancel) == actions.CancelByCloidAction(
        (actions.CancelByCloidWire(0, CLOID),)
    )
    for key in ("cd" * 20, "0x" + "CD" * 20):
        action = {"type": "vaultTransfer", "vaultAddress": key, "isDeposit": True, "usd": 5}
        transfer = account_actions.VaultTransferAction(USER, is_deposit=True, usd=5)
        assert parse_action(action) == transfer
        builder = {**_order_with(), "builder": {"b": key, "f": 1}}
        quiet = {**_order_with(), "builder": {"b": USER, "f": 1}}
        assert parse_action(builder) == parse_action(quiet)


def test_extra_fields_in_an_order_are_dropped() -> None:
    """The venue tolerates them there, and hashes without them."""
    assert parse_action(_order_with(note="mine")) == parse_action(_order_with())


@pytest.mark.parametrize(
    "number",
    [
        100,
        100.5,
        None,
        True,
        "",
        ".",
        ".5",
        "5.",
        "-1",
        "+1",
        "1e5",
        "1E5",
        "NaN",
        "Infinity",
        "0x10",
        " 1",
        "1 ",
        "1_0",
        "1,0",
        "0.000000001",
        "١",
        "1" * 21,
        "0" * 65,
    ],
)
def test_what_is_no_number_is_refused(number: object) -> None:
    """JSON numbers, exponents, signs, words, a ninth decimal: refused as a price and as a size."""
    for field in ("p", "s"):
        with pytest.raises(MalformedAction):
            parse_action(_order_with(**{field: number}))


@pytest.mark.parametrize(
    "changes",
    [
        {"a": -1},
        {"a": 2**63},
        {"a": "0"},
        {"a": 0.0},
        {"a": True},
        {"b": 1},
        {"b": "true"},
        {"r": None},
        {"c": "0x12"},
        {"c": "0X" + "ab" * 16},
        {"c": 7},
        {"t": {}},
        {"t": {"limit": {"tif": "Gtd"}}},
        {"t": {"limit": {"tif": "gtc"}}},
        {
            "t": {
                "limit": {"tif": "Gtc"},
                "trigger": {"isMarket": True, "triggerPx": "1", "tpsl": "tp"},
            }
        },
        {"t": {"trigger": {"isMarket": True, "triggerPx": "1e3", "tpsl": "tp"}}},
        {"t": {"trigger": {"isMarket": True, "triggerPx": "1", "tpsl": "stop"}}},
    ],
)
def test_a_field_that_does_not_fit_is_refused(changes: dict[str, Any]) -> None:
    """Types and words are the venue's own, to the letter."""
    with pytest.raises(MalformedAction):
        parse_action(_order_with(**changes))


@pytest.mark.parametrize(
    "json",
    [
        None,
        [],
        "order",
        {},
        {"type": "withdraw2"},
        {"type": 1},
        {"type": "order"},
        {"type": "order", "orders": {}, "grouping": "na"},
        {"type": "order", "orders": [], "grouping": "other"},
        {"type": "createSubAccount", "name": ""},
        {"type": "createSubAccount", "name": "x" * 17},
        {"type": "vaultTransfer", "vaultAddress": "0X" + "cd" * 20, "isDeposit": True, "usd": 5},
        {
            "type": "usdSend",
            **CHAIN,
            "hyperliquidChain": "Devnet",
            "destination": "",
            "amount": "1",
            "time": 1,
        },
    ],
)
def test_what_is_no_action_is_refused(json: object) -> None:
    """Nothing but a known action gets through, whatever JSON it is."""
    with pytest.raises(MalformedAction):
        parse_action(json)


# --- making them -------------------------------------------------------------------------------


def test_an_intent_becomes_a_wire_order() -> None:
    """Side, numbers, terms and cloid of the intent, in the venue's letters."""
    intent = OrderIntent(
        strategy=StrategyId("s"),
        cloid=CLOID,
        coin="BTC",
        side=Side.BUY,
        size=Decimal("0.010"),
        limit_px=Decimal("84143.50"),
        tif=TimeInForce.GTC,
    )
    assert msgspec.to_builtins(actions.order_wire(BTC, intent, reduce_only=False)) == ORDER


def test_trigger_terms_are_spelled_in_order() -> None:
    """isMarket, triggerPx, tpsl: hummingbot's order of these hashes wrong."""
    terms = actions.trigger_terms(Decimal("80000.0"), is_market=True, tpsl="sl")
    assert msgspec.json.encode(terms) == (
        b'{"trigger":{"isMarket":true,"triggerPx":"80000","tpsl":"sl"}}'
    )


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("100", "100"),
        ("100.00", "100"),
        ("1E+3", "1000"),
        ("0.00000001", "0.00000001"),
        ("-0", "0"),
        ("0.0", "0"),
        ("1.50000000000000", "1.5"),
    ],
)
def test_wire_text(number: str, text: str) -> None:
    """At most eight decimals, nothing superfluous, no exponent, no negative zero."""
    assert wire_text(Decimal(number)) == text
    assert canonical_text(text) == text


@pytest.mark.parametrize("number", ["-1", "NaN", "sNaN", "Infinity", "-Infinity", "0.000000001"])
def test_numbers_without_wire_text_are_refused(number: str) -> None:
    """They never reach a signature."""
    with pytest.raises(IllegalOrder):
        wire_text(Decimal(number))


# --- what they cost ----------------------------------------------------------------------------


@pytest.mark.parametrize(("batch_len", "count", "weight"), [(1, 1, 1), (39, 39, 1), (40, 40, 2)])
def test_a_batch_counts_each_order_to_the_address_and_forties_to_the_ip(
    batch_len: int, count: int, weight: int
) -> None:
    """n to the address budget, 1 + n // 40 to the IP's weight, for all four batches."""
    order = actions.limit_order(
        BTC, side=Side.SELL, size=Decimal(1), limit_px=Decimal(1), tif=TimeInForce.ALO
    )
    batches: list[L1Action] = [
        actions.OrderAction((order,) * batch_len, "na"),
        actions.CancelAction((actions.CancelWire(0, 1),) * batch_len),
        actions.CancelByCloidAction((actions.CancelByCloidWire(0, CLOID),) * batch_len),
        actions.BatchModifyAction((actions.ModifyWire(1, order),) * batch_len),
    ]
    for batch in batches:
        assert actions.request_count(batch) == count
        assert actions.exchange_weight(batch) == weight


def test_other_actions_count_one() -> None:
    """An empty batch too: the venue counts the request."""
    for action in (actions.NoopAction(), actions.OrderAction((), "na")):
        assert actions.request_count(action) == 1
        assert actions.exchange_weight(action) == 1
