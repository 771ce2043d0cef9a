"""What an answer proves, and what it does not."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.unit.execution.dispatch_bench import cloid_of

from hive.domain.identifiers import Oid
from hive.execution.settling.replies import Meaning, read_http_status, read_refusal, read_reply
from hive.hyperliquid.codec_exchange import (
    Failed,
    Filled,
    Plain,
    Refused,
    Resting,
    Statuses,
    UnknownStatus,
)

CLOIDS = [cloid_of(number) for number in range(10)]
RESTING = Resting(Oid(1))
FILLED = Filled(Oid(2), Decimal(1), Decimal(1))


def test_statuses_are_given_to_the_orders_in_turn() -> None:
    reading = read_reply(Statuses("order", (RESTING, FILLED)), CLOIDS[:2])
    assert reading.meaning is Meaning.NAMED
    assert reading.items == (RESTING, FILLED)


def test_what_is_not_named_or_not_understood_is_unknown() -> None:
    reading = read_reply(Statuses("order", (RESTING, UnknownStatus("?"))), CLOIDS[:4])
    assert reading.items == (RESTING, None, None, None)
    assert read_reply(Plain("default"), CLOIDS[:2]).items == (None, None)


def test_a_status_that_names_its_order_is_that_orders_wherever_it_stands() -> None:
    """And then those without a name are nobody's: places mean nothing any more."""
    of_third = Resting(Oid(3), CLOIDS[2])
    failed = Failed("Insufficient margin to place order. asset=3")
    assert read_reply(Statuses("order", (failed, of_third)), CLOIDS[:3]).items == (
        None,
        None,
        of_third,
    )
    too_long = (failed, RESTING, of_third, FILLED)
    assert read_reply(Statuses("order", too_long), CLOIDS[:3]).items == (failed, RESTING, of_third)


def test_one_static_fault_for_a_whole_batch_points_at_nobody() -> None:
    only = Statuses("order", (Failed("Order has invalid size. asset=3"),))
    assert read_reply(only, CLOIDS[:5]).meaning is Meaning.SUSPECT
    assert read_reply(only, CLOIDS[:1]).meaning is Meaning.NAMED


def test_one_fault_that_is_not_static_is_the_first_orders() -> None:
    only = Statuses("order", (Failed("Insufficient margin to place order. asset=3"),))
    reading = read_reply(only, CLOIDS[:3])
    assert reading.meaning is Meaning.NAMED
    assert reading.items[1:] == (None, None)


@pytest.mark.parametrize(
    ("text", "sent", "meaning"),
    [
        ("Order has invalid price.", 1, Meaning.REFUSED),
        ("Order has invalid price.", 2, Meaning.SUSPECT),
        ("something nobody has seen", 2, Meaning.SUSPECT),
        ("User or API Wallet 0x00 does not exist.", 9, Meaning.NO_AGENT),
        ("Only post-only orders allowed immediately after network upgrade", 1, Meaning.POST_ONLY),
        ("Invalid nonce: nonce too low 5 < 9", 9, Meaning.NONCE),
        ("Invalid nonce: nonce too high 9 > 5", 9, Meaning.NONCE),
        ("Invalid nonce: duplicate nonce 5", 1, Meaning.UNPROVEN),
        ("Too many cumulative requests sent (2 > 1) for …", 1, Meaning.TOO_FAST),
        ("too many pending post requests id=7", 1, Meaning.TOO_FAST),
        ("429 null", 3, Meaning.BUSY),
        ("422 Failed to deserialize", 3, Meaning.SUSPECT),
        ("502 Bad Gateway", 1, Meaning.UNPROVEN),
    ],
)
def test_a_refusal_means_what_its_text_means(text: str, sent: int, meaning: Meaning) -> None:
    assert read_refusal(text, sent).meaning is meaning
    assert read_reply(Refused(text), CLOIDS[:sent]).meaning is meaning


def test_the_venue_names_the_nonce_it_would_take() -> None:
    assert read_refusal("Invalid nonce: nonce too low 5 < 1799999999999", 1).nonce_floor == (
        1_799_999_999_999
    )


@pytest.mark.parametrize(
    ("status", "sent", "meaning"),
    [
        (429, 1, Meaning.BUSY),
        (400, 1, Meaning.REFUSED),
        (422, 2, Meaning.SUSPECT),
        (403, 2, Meaning.BARRED),
        (500, 1, Meaning.UNPROVEN),
        (302, 1, Meaning.UNPROVEN),
    ],
)
def test_an_http_status_proves_something_only_below_500(
    status: int, sent: int, meaning: Meaning
) -> None:
    assert read_http_status(status, b"null", sent).meaning is meaning
