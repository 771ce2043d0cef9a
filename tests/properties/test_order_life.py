"""Any sequence of causes gives a legal life: it moves forward, ends once, and never guesses."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hive.domain.errors import IllegalMove
from hive.domain.orders import ORDER_MOVES, OrderCause, OrderPhase, moved

LIFE = (OrderPhase.PENDING, OrderPhase.UNCONFIRMED, OrderPhase.RESTING, OrderPhase.DONE)

causes = st.lists(st.sampled_from(OrderCause), max_size=30)


def lived(told: list[OrderCause]) -> list[OrderPhase]:
    """The phases of an order that takes what its life allows and stays where it is otherwise."""
    phases = [OrderPhase.PENDING]
    for cause in told:
        try:
            phases.append(moved(phases[-1], cause))
        except IllegalMove:
            assert (phases[-1], cause) not in ORDER_MOVES
    return phases


@given(causes)
def test_no_phase_comes_twice_and_none_comes_back(told: list[OrderCause]) -> None:
    ages = [LIFE.index(phase) for phase in lived(told)]
    assert ages == sorted(set(ages))


@given(causes, causes)
def test_nothing_moves_an_order_that_is_done(
    before: list[OrderCause], after: list[OrderCause]
) -> None:
    finished = lived([*before, OrderCause.FILLED])
    assert finished[-1] is OrderPhase.DONE
    assert lived([*before, OrderCause.FILLED, *after]) == finished


@given(causes)
def test_a_report_told_twice_changes_nothing(told: list[OrderCause]) -> None:
    """Streams repeat after a reconnect."""
    doubled = [cause for cause in told for _ in range(2)]
    assert lived(doubled) == lived(told)


@given(causes)
def test_whatever_came_before_a_fill_or_a_cancel_ends_it(told: list[OrderCause]) -> None:
    for end in (OrderCause.FILLED, OrderCause.CANCELED):
        assert lived([*told, end])[-1] is OrderPhase.DONE


@given(causes)
def test_an_unanswered_order_that_did_not_end_is_still_counted_as_live(
    told: list[OrderCause],
) -> None:
    """Only evidence ends it: an answer, a fill, a cancel, or the venue not knowing it."""
    phases = lived([OrderCause.UNANSWERED, *told])
    evidence = {
        OrderCause.REJECTED,
        OrderCause.FILLED,
        OrderCause.CANCELED,
        OrderCause.NEVER_ARRIVED,
    }
    if phases[-1] is OrderPhase.DONE:
        assert evidence & set(told)
