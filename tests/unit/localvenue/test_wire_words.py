"""Recorded acks, errors and answers that our server gives letter by letter."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.unit.localvenue.recorded_contract import PROBE
from tests.unit.localvenue.still_venue import START_MS, Stage, buy, order_action
from tests.unit.localvenue.wire_stage import WireStage
from tests.wire.recorded import ITEMS

from hive.serving.port import ExchangeRequest, SignatureHex

NOOP = {"type": "noop"}
FAST_BOOK = {"type": "l2Book", "coin": "BTC", "fast": True}
FIVE_FIGURES = {"type": "l2Book", "coin": "BTC", "nSigFigs": 5}
SOL = {"type": "l2Book", "coin": "SOL"}


def probed(name: str) -> Any:
    return ITEMS[PROBE + name]


def test_acks_of_books_have_every_field_filled_in() -> None:
    socket = WireStage().connect()
    assert socket.subscribe(**FAST_BOOK)[0] == probed("subscribe_ack_l2Book_fast")
    socket.subscribe(**FIVE_FIGURES)
    assert socket.unsubscribe(**FIVE_FIGURES) == [probed("unsubscribe_ack_l2Book")]


def test_a_second_subscription_is_told_so_in_the_venues_own_form() -> None:
    socket = WireStage().connect()
    socket.subscribe(**SOL)
    assert socket.subscribe(**SOL) == [probed("error_already_subscribed")]


def test_a_frame_that_fits_nothing_is_given_back() -> None:
    recorded = probed("error_parse")
    frame = recorded["data"].partition("request: ")[2].encode()
    assert WireStage().connect().send(frame) == [recorded]


def test_a_ping_is_answered() -> None:
    assert WireStage().connect().send({"method": "ping"}) == [probed("pong")]


def test_a_post_about_an_unknown_coin_is_null() -> None:
    socket = WireStage().connect()
    request = {"type": "l2Book", "coin": "NOSUCHCOIN"}
    assert socket.post(7, "info", request) == [probed("post_l2Book_unknown_coin")]
    assert not socket.is_dropped


def test_a_delisted_coin_has_an_empty_book() -> None:
    _, first = WireStage().connect().subscribe(type="l2Book", coin="MATIC")
    recorded = probed("l2Book_delisted")
    assert {**first["data"], "time": 0} == {**recorded["data"], "time": 0}


def exchange_error(name: str) -> Any:
    return ITEMS[f"live_captures/bytex_exchange_errors.json#{name}"]


def test_a_duplicate_nonce_is_told_as_recorded() -> None:
    recorded = exchange_error("duplicate_nonce")
    wire = WireStage(Stage(start_ms=START_MS))
    trader = wire.stage.trader(1)
    wire.exchange(trader.request(NOOP, nonce=START_MS))
    told = wire.exchange(trader.request(NOOP, nonce=START_MS))
    assert told["response"].rpartition(" ")[0] == recorded["response"].rpartition(" ")[0]
    assert set(told) == set(recorded)


def test_an_unknown_signer_is_told_as_recorded() -> None:
    recorded = exchange_error("unknown_user")
    wire = WireStage()
    stranger = wire.stage.trader(1, usd=0)
    request = stranger.request(NOOP, is_mainnet=True)
    told = wire.exchange(request)
    assert told["status"] == recorded["status"]
    words, recorded_words = told["response"].split(" "), recorded["response"].split(" ")
    assert words[:4] + words[5:] == recorded_words[:4] + recorded_words[5:]


def test_a_signature_of_zeros_is_told_as_recorded() -> None:
    wire = WireStage()
    request = wire.stage.trader(1).request(NOOP)
    zeros = ExchangeRequest(
        action=NOOP,
        nonce=request.nonce,
        signature=SignatureHex("0x0", "0x0", 27),
        vault_address=None,
        expires_after=None,
    )
    assert wire.exchange(zeros) == exchange_error("unrecoverable")


def test_a_resting_order_is_answered_as_recorded() -> None:
    wire = WireStage()
    told = wire.exchange(wire.stage.trader(1).request(order_action(buy(79_000, 1))))
    recorded = exchange_error("order_ok")
    oid = told["response"]["data"]["statuses"][0]["resting"].pop("oid")
    recorded_oid = recorded["response"]["data"]["statuses"][0]["resting"]["oid"]
    assert isinstance(oid, type(recorded_oid))
    told["response"]["data"]["statuses"][0]["resting"]["oid"] = recorded_oid
    assert told == recorded


def test_an_unknown_question_is_422_with_the_recorded_head() -> None:
    reply = WireStage().post("/info", {"type": "noSuchThing"})
    head: str = exchange_error("info_unknown_type_http422_text")
    assert (reply.status, reply.is_text) == (422, True)
    assert reply.body.startswith(head.encode())


@pytest.mark.parametrize("name", ["unknown_user", "unrecoverable", "duplicate_nonce"])
def test_a_refusal_is_two_fields_in_that_order(name: str) -> None:
    assert msgspec.json.encode(exchange_error(name)).startswith(b'{"status":"err","response":"')
