"""Answers of another length than their batch, and words nobody knows, from the venue itself.

The venue carries everything out as it should and says so oddly. What is so in the end is counted in
its books; what strategies were told must come to the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import pytest
from tests.unit.execution.venue_rig import VenueRig

from hive.domain.identifiers import Cloid
from hive.domain.market import Side
from hive.domain.orders import TimeInForce as Tif
from hive.simulation.network import HttpAnswer, VenueSide

BATCH: Final = 12
SETTLED_S: Final = 20
STRANGE_S: Final = 240
"""Two lists of open orders, a minute apart, and a question later than any answer is old."""
SIZE: Final = 0.001


def place(rig: VenueRig) -> list[Cloid]:
    """A batch of which every third order takes at once and the others rest."""
    ctx = rig.ctx()
    px = [80_100.0 if number % 3 == 2 else 70_000.0 + number for number in range(BATCH)]
    return [ctx.place("BTC", Side.BUY, SIZE, each) for each in px]


def assert_as_the_venue_has_it(rig: VenueRig, cloids: list[Cloid]) -> None:
    """Each order stands, and was told of, as the venue's books have it; each fill came once."""
    resting = rig.open_cloids()
    assert {order.cloid for order in rig.ctx().open_orders()} == set(resting)
    assert rig.size() == rig.venue_size()
    assert sorted(fill.trade_id for fill in rig.hands["alice"].fills) == sorted(
        fill.tid for fill in rig.truth.fills
    )
    for cloid in cloids:
        told = rig.news(cloid)
        assert told.count("accepted") == 1
        assert told[-1] in (
            ("accepted", "replaced") if cloid in resting else ("filled", "canceled")
        )
    assert rig.runtime.desks[rig.signer.address].snapshot().unconfirmed_now == 0


@pytest.mark.parametrize("how", ["short", "long", "null"])
def test_a_batch_of_orders_is_settled_whatever_the_length_of_its_answer(how: str) -> None:
    rig = VenueRig()
    rig.go_wrong("mangleStatuses", how=how)
    cloids = rig.do(lambda: place(rig), SETTLED_S)
    assert rig.venue.counters()["asked"]["orders"] == BATCH
    assert len(rig.open_cloids()) == BATCH - BATCH // 3
    assert_as_the_venue_has_it(rig, cloids)


@pytest.mark.parametrize("how", ["short", "long", "null"])
def test_so_is_a_batch_of_replaces(how: str) -> None:
    rig = VenueRig()
    cloids = rig.do(lambda: place(rig))
    resting = [order.cloid for order in rig.ctx().open_orders()]
    rig.go_wrong("mangleStatuses", how=how, kind="batchModify")

    def replace_all() -> None:
        for number, cloid in enumerate(resting):
            rig.ctx().replace(cloid, limit_px=71_000.0 + number)

    rig.do(replace_all, SETTLED_S)
    assert rig.venue.counters()["asked"]["modifies"] == len(resting)
    assert all(rig.news(cloid) == ["accepted", "replaced"] for cloid in resting)
    assert sorted(order.px for order in rig.truth.open_orders) == [
        71_000 + number for number in range(len(resting))
    ]
    assert_as_the_venue_has_it(rig, cloids)


@pytest.mark.parametrize("how", ["short", "long", "null"])
def test_so_is_a_batch_of_cancels(how: str) -> None:
    rig = VenueRig()
    cloids = rig.do(lambda: place(rig))
    rig.go_wrong("mangleStatuses", how=how, kind="cancelByCloid")
    rig.do(lambda: rig.ctx().cancel_all(), SETTLED_S)
    assert rig.open_cloids() == []
    assert_as_the_venue_has_it(rig, cloids)


# --- words ---------------------------------------------------------------------------------------


class Rewording:
    """Before the venue, behind `VenueSide`: puts a word of its own for one of the statuses'."""

    def __init__(self, venue: VenueSide, status: str, word: str) -> None:
        self._venue = venue
        self._status = re.compile(rb'"status":"%b"(?=,"statusTimestamp")' % status.encode())
        self._instead = b'"status":"%b"' % word.encode()
        self.times = 0

    def http(self, path: str, body: bytes, *, ip: str, answer: HttpAnswer) -> None:
        def told(status: int, reply: bytes) -> None:
            answer(status, self._reworded(reply))

        self._venue.http(path, body, ip=ip, answer=told)

    def ws_open(
        self, *, ip: str, send: Callable[[bytes], None], drop: Callable[[], None]
    ) -> int | None:
        def told(frame: bytes) -> None:
            send(self._reworded(frame))

        return self._venue.ws_open(ip=ip, send=told, drop=drop)

    def ws_frame(self, connection: int, frame: bytes) -> None:
        self._venue.ws_frame(connection, frame)

    def ws_closed(self, connection: int) -> None:
        self._venue.ws_closed(connection)

    def _reworded(self, message: bytes) -> bytes:
        reworded, times = self._status.subn(self._instead, message)
        self.times += times
        return reworded


def reworded(status: str, word: str) -> tuple[VenueRig, Rewording]:
    made: list[Rewording] = []

    def before(venue: VenueSide) -> VenueSide:
        made.append(Rewording(venue, status, word))
        return made[0]

    return VenueRig(before=before), made[0]


@pytest.mark.parametrize("word", ["moonPhaseCanceled", "regulatorCancel"])
def test_a_new_word_that_ends_like_a_cancel_is_one(word: str) -> None:
    rig, rewording = reworded("canceled", word)
    cloid = rig.do(lambda: rig.ctx().buy("BTC", SIZE, 70_000.0))
    rig.go_wrong("dropResponse", kind="cancelByCloid")
    rig.do(lambda: rig.ctx().cancel(cloid), SETTLED_S)
    assert rewording.times > 0
    assert rig.open_cloids() == []
    assert rig.news(cloid) == ["accepted", "canceled"]
    assert rig.reason(cloid) == word


def test_a_new_word_that_ends_like_a_rejection_is_one() -> None:
    rig, rewording = reworded("badAloPxRejected", "moonPhaseRejected")
    rig.go_wrong("dropResponse", kind="order")
    cloid = rig.do(lambda: rig.ctx().place("BTC", Side.BUY, SIZE, 80_100.0, tif=Tif.ALO), SETTLED_S)
    assert rewording.times > 0
    assert rig.news(cloid)[-1] == "rejected"
    assert rig.reason(cloid) == "moonPhaseRejected"


def test_a_word_that_says_nothing_ends_an_order_once_the_lists_agree() -> None:
    rig, rewording = reworded("canceled", "quantumFrozen")
    cloid = rig.do(lambda: rig.ctx().buy("BTC", SIZE, 70_000.0))
    kept = rig.do(lambda: rig.ctx().buy("BTC", SIZE, 70_001.0))
    rig.go_wrong("dropResponse", kind="cancelByCloid", count=3)
    rig.do(lambda: rig.ctx().cancel(cloid), STRANGE_S)
    assert rewording.times > 0
    assert rig.open_cloids() == [kept]
    told = rig.news(cloid)  # the cancel that was tried again found nothing
    assert told == ["accepted", "cancel rejected", "canceled"]
    assert rig.news(kept) == ["accepted"]


def test_a_word_for_filled_that_nobody_knows_costs_no_fill() -> None:
    rig, rewording = reworded("filled", "quantumFilled")
    cloid = rig.do(lambda: rig.ctx().buy("BTC", SIZE, 80_100.0), SETTLED_S)
    assert rewording.times > 0
    assert rig.news(cloid) == ["accepted", "filled"]
    assert rig.size() == rig.venue_size() > 0
