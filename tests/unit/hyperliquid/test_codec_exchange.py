"""Answers to actions: each status by itself, and never more certain than the venue was."""

from __future__ import annotations

from decimal import Decimal

import pytest

from hive.domain.errors import BadFrame
from hive.domain.identifiers import Cloid, Oid
from hive.hyperliquid.codec_exchange import (
    STATUS_TEXT_MAX,
    ActionStatus,
    Done,
    Failed,
    Filled,
    Plain,
    Refused,
    Resting,
    Running,
    Statuses,
    UnknownStatus,
    Waiting,
    decode_exchange_reply,
)

CLOID = Cloid("0x" + "ab" * 16)


def statuses(*elements: str) -> tuple[ActionStatus, ...]:
    """What an answer with these statuses says."""
    body = '{"status":"ok","response":{"type":"order","data":{"statuses":[%s]}}}'
    reply = decode_exchange_reply((body % ",".join(elements)).encode())
    assert isinstance(reply, Statuses)
    assert reply.action == "order"
    return reply.statuses


KNOWN: list[tuple[str, ActionStatus]] = [
    ('{"resting":{"oid":556696349186}}', Resting(Oid(556696349186))),
    (
        '{{"resting":{{"oid":5,"cloid":"{}"}}}}'.format(CLOID.upper().replace("0X", "0x")),
        Resting(Oid(5), CLOID),
    ),
    (
        '{"filled":{"totalSz":"0.5","avgPx":"1891.40","oid":7}}',
        Filled(Oid(7), Decimal("0.5"), Decimal("1891.4")),
    ),
    (
        '{"error":"Post only order would have immediately matched"}',
        Failed("Post only order would have immediately matched"),
    ),
    ('"waitingForFill"', Waiting("fill")),
    ('"waitingForTrigger"', Waiting("trigger")),
    ('"success"', Done()),
]


@pytest.mark.parametrize(("element", "status"), KNOWN)
def test_known_statuses(element: str, status: ActionStatus) -> None:
    assert statuses(element) == (status,)


@pytest.mark.parametrize(
    "element",
    [
        '"delayed"',
        "null",
        "3",
        "true",
        "[]",
        "{}",
        '{"parked":{"oid":1}}',
        '{"resting":{"oid":-1}}',
        '{"resting":{"oid":"1"}}',
        '{"filled":{"totalSz":"NaN","avgPx":"1.0","oid":1}}',
        '{"filled":{"totalSz":1.0,"avgPx":"1.0","oid":1}}',
    ],
)
def test_a_status_that_makes_no_sense_costs_no_other_its_meaning(element: str) -> None:
    """It is neither yes nor no, and keeps its text."""
    before, unknown, after = statuses('"success"', element, '{"error":"no"}')
    assert (before, after) == (Done(), Failed("no"))
    assert unknown == UnknownStatus(element)


def test_the_text_of_an_unknown_status_is_bounded() -> None:
    (unknown,) = statuses('"%s"' % ("x" * 10_000))
    assert isinstance(unknown, UnknownStatus)
    assert len(unknown.text) == STATUS_TEXT_MAX


@pytest.mark.parametrize("count", [0, 1, 2, 1000])
def test_any_number_of_statuses_is_taken(count: int) -> None:
    """One for a whole batch, or one each: the venue decides."""
    assert len(statuses(*['"success"'] * count)) == count


def test_actions_without_statuses() -> None:
    plain = decode_exchange_reply(b'{"status":"ok","response":{"type":"default"}}')
    assert plain == Plain("default")


def test_a_single_status_of_a_twap() -> None:
    body = b'{"status":"ok","response":{"type":"%b","data":{"status":%b}}}'
    running = body % (b"twapOrder", b'{"running":{"twapId":3}}')
    gone = body % (b"twapCancel", b'"success"')
    assert decode_exchange_reply(running) == Statuses("twapOrder", (Running(3),))
    assert decode_exchange_reply(gone) == Statuses("twapCancel", (Done(),))


def test_a_refusal_keeps_the_venues_words() -> None:
    body = b'{"status":"err","response":"Invalid nonce: duplicate nonce 5"}'
    assert decode_exchange_reply(body) == Refused("Invalid nonce: duplicate nonce 5")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"<html>502</html>",
        b'{"status":"maybe","response":"x"}',
        b'{"status":"ok"}',
        b'{"status":"ok","response":"text"}',
        b'{"status":"ok","response":{}}',
        b'{"status":"ok","response":{"type":"order","data":[]}}',
        b'{"status":"ok","response":{"type":"order","data":{"statuses":{}}}}',
        b'{"status":"err","response":{"type":"order"}}',
        b'{"status":"ok","response":{"type":"order","data":{"statuses":[' + b"[" * 100_000,
    ],
)
def test_what_is_no_answer_is_a_bad_frame(body: bytes) -> None:
    with pytest.raises(BadFrame):
        decode_exchange_reply(body)
