"""Quotes in a strategy's hands, at the local venue."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.unit.execution.venue_rig import VenueRig

from hive.domain.errors import LimitReached
from hive.domain.quotes import QUOTE_LEVELS_MAX


def book(rig: VenueRig) -> list[tuple[str, Decimal, Decimal]]:
    return sorted((order.side, order.px, order.open_size) for order in rig.truth.open_orders)


def test_floats_are_made_legal_and_both_sides_leave_in_one_action() -> None:
    rig = VenueRig()
    ctx = rig.ctx()
    rig.do(lambda: ctx.quote("BTC", bids=[(79_900.6, 0.0123456)], asks=[(80_100.4, 0.01)]))
    assert book(rig) == [
        ("A", Decimal(80_101), Decimal("0.01")),
        ("B", Decimal(79_900), Decimal("0.01234")),
    ]
    assert [len(action["orders"]) for action in rig.actions] == [2]
    rig.do(lambda: ctx.quote("BTC", bids=[(79_900.6, 0.0123456)], asks=[(80_100.4, 0.01)]))
    assert len(rig.actions) == 1


def test_none_leaves_a_side_and_nothing_takes_all_out() -> None:
    rig = VenueRig()
    ctx = rig.ctx()
    rig.do(lambda: ctx.quote("BTC", bids=[(79_900, 0.01)], asks=[(80_100, 0.01)]))
    rig.do(lambda: ctx.quote("BTC", bids=None, asks=[(80_200, 0.01)]))
    assert [px for _, px, _ in book(rig)] == [80_200, 79_900]
    rig.do(lambda: ctx.quote("BTC"))
    assert book(rig) == []


def test_a_quote_that_would_take_is_refused_by_the_venue_and_another_may_follow() -> None:
    rig = VenueRig()
    ctx = rig.ctx()
    rig.do(lambda: ctx.quote("BTC", bids=[(80_500, 0.01)]))
    assert [event.news.value for event in rig.hands["alice"].news] == ["rejected"]
    rig.do(lambda: ctx.quote("BTC", bids=[(79_900, 0.01)]))
    assert [px for _, px, _ in book(rig)] == [79_900]
    rig.do(lambda: ctx.quote("BTC", bids=[(80_500, 0.01)]))
    assert book(rig) == []
    assert rig.size() == 0


def test_cancelling_all_takes_quotes_out() -> None:
    rig = VenueRig()
    ctx = rig.ctx()
    rig.do(lambda: ctx.quote("BTC", bids=[(79_900, 0.01)], asks=[(80_100, 0.01)]))
    rig.do(ctx.cancel_all)
    assert book(rig) == []


def test_quotes_of_an_earlier_process_belong_to_the_set() -> None:
    rig = VenueRig()
    rig.do(lambda: rig.ctx().quote("BTC", bids=[(79_900, 0.01)]))
    rig.die()
    rig.boot()
    rig.do(lambda: rig.ctx().quote("BTC", bids=[(79_900, 0.01)]))
    assert len(book(rig)) == 1


def test_too_many_levels_are_a_callers_mistake() -> None:
    rig = VenueRig()
    levels = [(79_900 - number, 0.01) for number in range(QUOTE_LEVELS_MAX + 1)]
    raised: list[LimitReached] = []

    def quote() -> None:
        with pytest.raises(LimitReached) as caught:
            rig.ctx().quote("BTC", bids=levels)
        raised.append(caught.value)

    rig.do(quote)
    assert raised[0].limit == "quote_levels_max"
