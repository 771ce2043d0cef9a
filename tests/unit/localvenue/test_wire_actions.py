"""Signed requests as clients really write them.

The server reads an action to its typed form and writes it out again before it hashes, so the same
order in other letters has the same signer (protocol.md 0.1, 2.2).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from tests.unit.localvenue.still_venue import buy, cloid_of, order_action, sell
from tests.unit.localvenue.wire_stage import WireStage, envelope_of

Change = Callable[[dict[str, Any]], None]


def orders_of(envelope: dict[str, Any]) -> list[dict[str, Any]]:
    orders: list[dict[str, Any]] = envelope["action"]["orders"]
    return orders


def envelope(wire: WireStage) -> dict[str, Any]:
    trader = wire.stage.trader(1)
    action = order_action(buy("79000.5", "0.25", cloid=cloid_of(0xABC)), sell(90_000, 1))
    action["orders"][0]["p"] = "79000"
    copy: dict[str, Any] = msgspec.json.decode(
        msgspec.json.encode(envelope_of(trader.request(action)))
    )
    return copy


def reversed_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: reversed_keys(value[name]) for name in reversed(value)}
    return [reversed_keys(item) for item in value] if isinstance(value, list) else value


def reorder(envelope: dict[str, Any]) -> None:
    envelope["action"] = reversed_keys(envelope["action"])


def pad_numbers(envelope: dict[str, Any]) -> None:
    orders_of(envelope)[0].update(p="79000.000000000", s="0.2500")


def shout_cloid(envelope: dict[str, Any]) -> None:
    order = orders_of(envelope)[0]
    order["c"] = "0x" + order["c"][2:].upper()


def pad_signature(envelope: dict[str, Any]) -> None:
    for part in ("r", "s"):
        envelope["signature"][part] = "0x" + envelope["signature"][part][2:].rjust(64, "0")


def strip_signature(envelope: dict[str, Any]) -> None:
    for part in ("r", "s"):
        envelope["signature"][part] = "0x" + envelope["signature"][part][2:].lstrip("0")


def extra_in_order(envelope: dict[str, Any]) -> None:
    orders_of(envelope)[0]["note"] = "tolerated"


def extra_in_signature(envelope: dict[str, Any]) -> None:
    envelope["signature"]["yParity"] = 1


def leave_out_nulls(envelope: dict[str, Any]) -> None:
    del envelope["vaultAddress"], envelope["expiresAfter"]


@pytest.mark.parametrize(
    "change",
    [
        reorder,
        pad_numbers,
        shout_cloid,
        pad_signature,
        strip_signature,
        extra_in_order,
        extra_in_signature,
        leave_out_nulls,
    ],
)
def test_the_same_action_in_other_letters_has_the_same_signer(change: Change) -> None:
    wire = WireStage()
    body = envelope(wire)
    change(body)
    answer = msgspec.json.decode(wire.post("/exchange", body).body)
    assert answer["status"] == "ok", answer
    assert [list(status) for status in answer["response"]["data"]["statuses"]] == [
        ["resting"],
        ["resting"],
    ]


def ninth_decimal(envelope: dict[str, Any]) -> None:
    orders_of(envelope)[0]["p"] = "79000.000000001"


def number(name: str, value: Any) -> Change:
    def change(envelope: dict[str, Any]) -> None:
        orders_of(envelope)[0][name] = value

    return change


def unknown_in_action(envelope: dict[str, Any]) -> None:
    envelope["action"]["note"] = "refused"


def unknown_in_envelope(envelope: dict[str, Any]) -> None:
    envelope["note"] = "refused"


def unknown_action(envelope: dict[str, Any]) -> None:
    envelope["action"] = {"type": "noSuchThing"}


@pytest.mark.parametrize(
    "change",
    [
        ninth_decimal,
        number("p", 79_000),
        number("p", 79_000.5),
        number("s", "1e-2"),
        number("s", "-1"),
        number("p", "NaN"),
        number("p", "Infinity"),
        number("p", ""),
        number("a", "0"),
        number("b", 1),
        number("c", "0x12"),
        unknown_in_action,
        unknown_in_envelope,
        unknown_action,
    ],
)
def test_what_does_not_fit_the_type_is_422_in_plain_text(change: Change) -> None:
    wire = WireStage()
    body = envelope(wire)
    change(body)
    reply = wire.post("/exchange", body)
    assert (reply.status, reply.is_text) == (422, True)
    head = b"Failed to deserialize the JSON body into the target type"
    assert reply.body.startswith(head)


def test_what_does_not_fit_uses_up_no_nonce() -> None:
    wire = WireStage()
    body = envelope(wire)
    broken = msgspec.json.decode(msgspec.json.encode(body))
    ninth_decimal(broken)
    assert wire.post("/exchange", broken).status == 422
    assert msgspec.json.decode(wire.post("/exchange", body).body)["status"] == "ok"


@pytest.mark.parametrize(
    ("request_", "status", "body"),
    [
        ({"type": "l2Book", "coin": "NOSUCH"}, 200, b"null"),
        ({"type": "l2Book", "coin": "BTC", "nSigFigs": 9}, 500, b"null"),
        ({"type": "recentTrades", "coin": "NOSUCH"}, 500, b"null"),
        ({"type": "fundingHistory", "coin": "NOSUCH", "startTime": 1}, 500, b"null"),
        ({"type": "meta", "dex": "nosuch"}, 500, b""),
        ({"type": "meta", "dex": " "}, 500, b""),
    ],
)
def test_questions_about_nothing_have_the_measured_answers(
    request_: dict[str, Any], status: int, body: bytes
) -> None:
    reply = WireStage().post("/info", request_)
    assert (reply.status, reply.body) == (status, body)
