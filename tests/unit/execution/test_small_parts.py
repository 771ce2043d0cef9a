"""Cloids, the venue's clock, errands and doubts: the desk's small parts."""

from __future__ import annotations

from itertools import pairwise

import pytest
from tests.unit.execution.dispatch_bench import DispatchBench

from hive.domain.errors import LimitReached
from hive.domain.identifiers import Cloid, CloidFields, StrategyId, pack_cloid, unpack_cloid
from hive.execution.books.venue_time import VenueTime
from hive.execution.orders.cloids import SEQUENCE_MAX, CloidReader, CloidSequence
from hive.execution.orders.unknowns import (
    READ_LAG_MS_MAX,
    STATUSES_APART_MS,
    Doubt,
    Source,
    Unknowns,
)
from hive.execution.settling.errands import Errand, Errands, ErrandSettings

# --- cloids --------------------------------------------------------------------------------------


def test_cloids_are_what_packing_their_fields_gives_and_never_repeat() -> None:
    cloids = CloidSequence(instance=7, account=2, epoch=3)
    issued = [cloids.issue(strategy) for strategy in (1, 1, 65_535, 2)]
    assert issued == [
        pack_cloid(CloidFields(7, 2, strategy, 3, number))
        for number, strategy in enumerate((1, 1, 65_535, 2), start=1)
    ]


@pytest.mark.parametrize("behind", [0, 2**24 - 300, SEQUENCE_MAX - 600])
def test_numbers_of_cloids_go_up_by_one(behind: int) -> None:
    cloids = CloidSequence(instance=7, account=2, epoch=3, behind=behind)
    fields = [unpack_cloid(cloids.issue(1 + number % 2)) for number in range(600)]
    assert [each and each.sequence for each in fields] == list(range(behind + 1, behind + 601))


def test_two_starts_never_issue_the_same_cloid() -> None:
    first, second = (CloidSequence(instance=7, account=2, epoch=epoch) for epoch in (3, 4))
    assert not {first.issue(1) for _ in range(50)} & {second.issue(1) for _ in range(50)}


def test_a_sequence_ends_before_it_would_repeat() -> None:
    fields = unpack_cloid(CloidSequence(instance=1, account=1, epoch=1).issue(1))
    assert fields is not None
    assert fields.sequence == 1
    assert pack_cloid(CloidFields(1, 1, 1, 1, SEQUENCE_MAX))
    with pytest.raises(LimitReached):
        exhausted().issue(1)


def exhausted() -> CloidSequence:
    return CloidSequence(instance=1, account=1, epoch=1, behind=SEQUENCE_MAX)


def test_only_cloids_of_this_instance_and_account_name_a_strategy() -> None:
    reader = CloidReader(
        instance=7,
        account=2,
        strategy_of_index=lambda index: StrategyId("alice") if index == 1 else None,
    )
    ours = CloidFields(7, 2, 1, 1, 1)
    assert reader.owner_of(pack_cloid(ours)) == "alice"
    for fields in (
        CloidFields(8, 2, 1, 1, 1),
        CloidFields(7, 3, 1, 1, 1),
        CloidFields(7, 2, 9, 1, 1),
    ):
        assert reader.owner_of(pack_cloid(fields)) is None
    assert reader.owner_of(Cloid("0x" + "00" * 16)) is None


# --- the venue's clock ---------------------------------------------------------------------------


def test_the_venues_clock_is_never_put_ahead_and_runs_on_by_ours() -> None:
    clock = VenueTime()
    assert clock.at_least_ms(5) is None
    clock.heard(1_000, 10)
    assert clock.at_least_ms(60) == 1_050
    clock.heard(1_020, 100)  # it was long on its way: that proves less than what we know
    assert clock.at_least_ms(100) == 1_090
    clock.heard(1_200, 110)
    assert clock.at_least_ms(110) == 1_200


def test_the_venues_clock_is_not_put_ahead_by_ours_running_fast() -> None:
    clock, truth_ms = VenueTime(), 0
    for ours_ms in range(0, 48 * 3_600_000, 60_000):
        truth_ms = ours_ms - ours_ms * 150 // 1_000_000  # ours gains 150 millionths
        clock.heard(truth_ms - 40, ours_ms)  # and a message is 40 ms on its way
        told_ms = clock.at_least_ms(ours_ms + 59_000)
        assert told_ms is not None
        assert truth_ms + 58_900 <= told_ms <= truth_ms + 58_992


def test_one_stamp_from_the_future_is_not_believed_and_two_are() -> None:
    clock = VenueTime()
    clock.heard(1_000, 0)
    clock.heard(90_001_000, 100)
    clock.heard(90_001_000, 101)  # of the same message
    assert clock.at_least_ms(1_000) == 2_000
    clock.heard(7_200_000 + 2_000, 1_000)  # our machine slept for two hours
    clock.heard(7_200_000 + 4_000, 3_000)
    assert clock.at_least_ms(3_000) == 7_204_000


# --- errands -------------------------------------------------------------------------------------


def test_errands_are_done_when_due_and_come_back() -> None:
    errands = Errands(ErrandSettings(sweep_every_ms=100), 0)
    assert errands.take(99) is None
    assert errands.take(100) is Errand.SWEEP
    assert errands.take(100) is None
    assert errands.take(200) is Errand.SWEEP


def test_a_reconciliation_goes_first_and_is_done_once() -> None:
    errands = Errands(ErrandSettings(), 0)
    errands.request(Errand.STATE, 10)
    errands.request(Errand.RECONCILE, 10)
    assert [errands.take(10), errands.take(10), errands.take(10)] == [
        Errand.RECONCILE,
        Errand.STATE,
        None,
    ]
    assert not errands.is_due(Errand.RECONCILE)


def test_asking_sooner_wins_and_asking_later_changes_nothing() -> None:
    errands = Errands(ErrandSettings(), 0)
    cloid = Cloid("a")
    errands.ask(cloid, 50)
    errands.ask(cloid, 90)
    assert errands.next_ask_ms() == 50
    assert errands.take_ask(50) == cloid
    assert errands.take_ask(1_000) is None


# --- doubts --------------------------------------------------------------------------------------

EXPIRES_MS = 10_000
LATE_MS = EXPIRES_MS + READ_LAG_MS_MAX + 1


def in_doubt() -> tuple[Unknowns, DispatchBench]:
    bench = DispatchBench()
    unknowns = Unknowns()
    unknowns.lost(1)
    bench.unanswered()
    unknowns.add(bench.life, Doubt.ORDER, EXPIRES_MS, 1, 0)
    return unknowns, bench


def test_a_no_counts_only_after_the_expiry_and_only_if_all_agree() -> None:
    unknowns, bench = in_doubt()
    cloid = bench.cloid
    for source in Source:
        assert unknowns.said_no(cloid, source, 0, LATE_MS - 1) is None
    assert unknowns.said_no(cloid, Source.STATUS, 100, LATE_MS) is None
    assert unknowns.said_no(cloid, Source.LIST, 100, LATE_MS) is None
    assert unknowns.said_no(cloid, Source.FILLS, 100, LATE_MS) is None
    assert unknowns.said_no(cloid, Source.STATUS, 100 + STATUSES_APART_MS - 1, LATE_MS) is None
    proven = unknowns.said_no(cloid, Source.STATUS, 100 + STATUSES_APART_MS, LATE_MS)
    assert proven is not None


def test_without_the_venues_time_nothing_is_proven() -> None:
    unknowns, bench = in_doubt()
    for asked_ms in range(0, 100_000, 5_000):
        for source in Source:
            assert unknowns.said_no(bench.cloid, source, asked_ms, None) is None


def test_any_evidence_settles_and_the_lost_response_is_counted_once() -> None:
    unknowns, bench = in_doubt()
    unknowns.review(bench.dispatch)
    assert unknowns.snapshot().lost_responses == 0
    bench.open(1)
    unknowns.review(bench.dispatch)
    unknowns.review(bench.dispatch)
    snapshot = unknowns.snapshot()
    assert (snapshot.open, snapshot.lost_responses) == (0, 1)


def test_questions_about_one_order_become_rarer() -> None:
    unknowns, bench = in_doubt()
    asked = [now_ms for now_ms in range(0, 60_000, 100) if unknowns.due(now_ms) == bench.cloid]
    gaps = [later - earlier for earlier, later in pairwise(asked)]
    assert asked[0] == 500
    assert gaps == sorted(gaps)
    assert max(gaps) <= 8_000
