"""Whatever well-signed nonsense comes, the venue answers and goes on."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.localvenue.still_venue import Stage, cloid_of

from hive.domain.errors import MalformedAction
from hive.hyperliquid.actions_parse import parse_action
from hive.serving.info_requests import MisfitRequest, tidy_info_request
from hive.serving.port import ExchangeRequest

NASTY_NUMBERS = ("0", "-1", "00080000.00", "1e3", "NaN", "", "0.00000001", "9" * 20, "80000", "1")
NASTY_IDS = (0, 1, 2, 233, 234, 10_000, 110_000, 2**31, 2**63 - 1, 2**63, -1)

numbers = st.sampled_from(NASTY_NUMBERS)
ids = st.sampled_from(NASTY_IDS)
names: st.SearchStrategy[Any] = st.sampled_from(
    (0, 600_000_000_001, 2**63 - 1, cloid_of(1), cloid_of(0), "0x", "")
)
terms = st.sampled_from(
    (
        {"limit": {"tif": "Gtc"}},
        {"limit": {"tif": "Ioc"}},
        {"limit": {"tif": "Alo"}},
        {"limit": {"tif": "FrontendMarket"}},
        {"limit": {"tif": "LiquidationMarket"}},
        {"trigger": {"isMarket": True, "triggerPx": "1", "tpsl": "sl"}},
        {},
    )
)
orders = st.fixed_dictionaries(
    {"a": ids, "b": st.booleans(), "p": numbers, "s": numbers, "r": st.booleans(), "t": terms},
    optional={"c": st.sampled_from((cloid_of(1), cloid_of(2), "0xz"))},
)
actions: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.fixed_dictionaries(
        {
            "type": st.just("order"),
            "orders": st.lists(orders, max_size=4),
            "grouping": st.sampled_from(("na", "normalTpsl", {"p": 1})),
        }
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("cancel"),
            "cancels": st.lists(st.fixed_dictionaries({"a": ids, "o": ids}), max_size=3),
        }
    ),
    st.fixed_dictionaries({"type": st.just("modify"), "oid": names, "order": orders}),
    st.fixed_dictionaries(
        {
            "type": st.just("batchModify"),
            "modifies": st.lists(
                st.fixed_dictionaries({"oid": names, "order": orders}), max_size=3
            ),
        }
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("updateLeverage"),
            "asset": ids,
            "isCross": st.booleans(),
            "leverage": ids,
        }
    ),
)
questions = st.fixed_dictionaries(
    {
        "type": st.sampled_from(
            (
                "l2Book",
                "recentTrades",
                "fundingHistory",
                "orderStatus",
                "userFillsByTime",
                "userFills",
                "clearinghouseState",
                "userRole",
            )
        ),
        "coin": st.sampled_from(("BTC", "btc", "", "PURR/USDC", "MATIC", "#0", "xyz:SP500")),
        "user": st.sampled_from(("0x" + "1" * 40, "0x" + "F" * 40)),
        "oid": names,
        "startTime": st.sampled_from((0, 2**53, 2**64 - 1)),
        "endTime": st.sampled_from((0, 1, 2**64 - 1)),
        "nSigFigs": st.sampled_from((None, -1, 0, 2, 5, 99)),
        "mantissa": st.sampled_from((None, 0, 1, 2, 5)),
    }
)


@given(st.lists(actions, min_size=1, max_size=5))
def test_every_action_is_answered_and_the_venue_goes_on(sequence: list[dict[str, Any]]) -> None:
    stage = Stage()
    maker, trader = stage.trader(1), stage.trader(2)
    maker.place({"a": 0, "b": True, "p": "79900", "s": "1", "r": False, "t": GTC})
    for action in sequence:
        replies = stage.send(_request(trader, action))
        stage.make_block()
        (reply,) = replies
        assert reply.status in (200, 422)
        assert reply.is_text is (reply.status == 422)
    assert trader.act({"type": "noop"})["status"] == "ok"
    assert trader.state()["time"] == stage.now_ms


@given(questions)
def test_every_question_is_answered(question: dict[str, Any]) -> None:
    stage = Stage()
    try:
        tidy = tidy_info_request(question)
    except MisfitRequest:
        return
    assert stage.ask_raw(**tidy).status in (200, 500)


GTC = {"limit": {"tif": "Gtc"}}


def _request(trader: Any, action: dict[str, Any]) -> ExchangeRequest:
    """A request signed for the action; for one that cannot be signed, another's signature."""
    try:
        parse_action(action)
    except MalformedAction:
        noop: ExchangeRequest = trader.request({"type": "noop"})
        return ExchangeRequest(
            action=action,
            nonce=noop.nonce,
            signature=noop.signature,
            vault_address=None,
            expires_after=None,
        )
    request: ExchangeRequest = trader.request(action)
    return request
