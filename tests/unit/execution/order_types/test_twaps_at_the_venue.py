"""TWAPs that the venue runs, in a strategy's hands: begun, traded, ended, lost, found again."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
from tests.unit.execution.venue_rig import VenueRig

from hive.domain.identifiers import Cloid
from hive.domain.market import Side
from hive.domain.twaps import TwapPhase
from hive.portfolio.limits import RiskLimits
from hive.storage.records import FillRecord, TwapBoundRecord, TwapEndRecord, TwapSentRecord

SIZE = 0.1


def begin(rig: VenueRig, side: Side = Side.BUY, name: str = "alice", **options: Any) -> Cloid:
    ctx = rig.ctx(name)
    settings = {"minutes": 5, **options}
    cloid: Cloid = rig.do(lambda: ctx.twap("BTC", side, SIZE, settings.pop("minutes"), **settings))
    return cloid


def told(rig: VenueRig, name: str = "alice") -> list[str]:
    return [event.news.value for event in rig.hands[name].twaps]


def kinds(rig: VenueRig) -> list[str]:
    return [action["type"] for action in rig.actions]


def lose(rig: VenueRig, what: str, kind: str) -> None:
    reply = rig.venue.oracle({"type": what, "kind": kind}, now_ms=rig.served.now_ms)
    assert reply.status == 200


def test_its_slices_are_the_strategys_fills_and_its_end_is_told() -> None:
    rig = VenueRig()
    cloid = begin(rig)
    (twap,) = rig.ctx().open_twaps()
    assert (twap.cloid, twap.phase) == (cloid, TwapPhase.RUNNING)
    rig.run_s(150)
    assert 0 < rig.size() < Decimal(str(SIZE))
    rig.run_s(200)
    assert rig.size() == rig.venue_size() == Decimal(str(SIZE))
    assert told(rig) == ["started", "finished"]
    fills = rig.hands["alice"].fills
    assert sum(fill.size for fill in fills) == Decimal(str(SIZE))
    assert {fill.twap_id for fill in fills} == {twap.twap_id}
    assert rig.ctx().open_twaps() == []
    assert kinds(rig) == ["twapOrder"]


def test_two_strategies_twaps_of_one_coin_stay_apart() -> None:
    rig = VenueRig("alice", "bob")
    begin(rig)
    begin(rig, Side.SELL, "bob")
    rig.run_s(330)
    assert rig.size("alice") == Decimal(str(SIZE))
    assert rig.size("bob") == -Decimal(str(SIZE))
    assert rig.venue_size() == 0


def test_it_is_cancelled_and_keeps_what_it_traded() -> None:
    rig = VenueRig()
    cloid = begin(rig)
    rig.run_s(60)
    held = rig.size()
    rig.do(lambda: rig.ctx().cancel_twap(cloid))
    assert told(rig) == ["started", "canceled"]
    rig.run_s(120)
    assert rig.size() == rig.venue_size() == held > 0
    assert kinds(rig) == ["twapOrder", "twapCancel"]


def test_cancel_all_ends_it_and_so_does_a_stop_of_the_strategy() -> None:
    rig = VenueRig("alice", "bob")
    begin(rig)
    begin(rig, Side.SELL, "bob")
    rig.do(rig.ctx("alice").cancel_all)
    assert told(rig) == ["started", "canceled"]
    host = rig.runtime.host
    assert host is not None
    rig.do(lambda: host.pause(rig.ctx("bob").strategy_id))
    assert kinds(rig).count("twapCancel") == 2


def test_what_it_may_still_trade_counts_against_the_limits() -> None:
    limits = RiskLimits(position_notional_usd_max=Decimal(9_000))
    rig = VenueRig(plans=lambda plan: msgspec.structs.replace(plan, risk=limits))
    begin(rig)
    too_much = rig.do(lambda: rig.ctx().buy("BTC", 0.02, 79_000.0))
    assert rig.news(too_much) == ["refused"]
    rig.run_s(120)
    assert rig.news(rig.do(lambda: rig.ctx().buy("BTC", 0.02, 79_000.0))) == ["refused"]
    rig.do(rig.ctx().cancel_all)
    assert rig.news(rig.do(lambda: rig.ctx().buy("BTC", 0.02, 79_000.0))) == ["accepted"]


def test_what_breaks_a_rule_is_refused_by_its_name() -> None:
    rig = VenueRig()
    begin(rig, minutes=2)
    begin(rig, Side.SELL, reduce_only=True)
    events = rig.hands["alice"].twaps
    assert [event.news.value for event in events] == ["refused", "refused"]
    assert events[0].reason.startswith("minutes")
    assert events[1].reason.startswith("reduce_only")
    assert rig.actions == []


def test_the_venues_no_is_told_in_its_words() -> None:
    rig = VenueRig()
    rig.do(lambda: rig.ctx().twap("BTC", Side.BUY, 0.0005, 30))
    assert told(rig) == ["rejected"]
    assert "too small" in rig.hands["alice"].twaps[-1].reason


def test_one_that_only_reduces_ends_with_what_it_reduces() -> None:
    rig = VenueRig()
    rig.do(lambda: rig.ctx().market("BTC", Side.BUY, SIZE))
    begin(rig, Side.SELL, reduce_only=True)
    rig.run_s(60)
    rig.do(lambda: rig.ctx().flatten("BTC"))
    assert told(rig) == ["started", "canceled"]
    rig.run_s(90)
    assert rig.size() == rig.venue_size() == 0


# --- answers that are lost ---------------------------------------------------------------------


def test_an_answer_that_is_lost_is_made_up_for_by_the_first_slice() -> None:
    rig = VenueRig()
    lose(rig, "dropResponse", "twapOrder")
    begin(rig)
    assert told(rig) == ["started"]
    rig.run_s(330)
    assert rig.size() == rig.venue_size() == Decimal(str(SIZE))
    assert told(rig) == ["started", "finished"]
    assert kinds(rig) == ["twapOrder"]


def test_one_that_never_arrived_is_not_sent_again_and_told_when_that_is_sure() -> None:
    rig = VenueRig()
    lose(rig, "dropRequest", "twapOrder")
    begin(rig)
    rig.run_s(5)
    assert told(rig) == ["unconfirmed"]
    again = begin(rig)
    assert rig.hands["alice"].twaps[-1].reason.startswith("twap_pending")
    rig.run_s(20)
    assert told(rig)[-1] == "never arrived"
    assert rig.hands["alice"].twaps[-1].twap.cloid != again
    assert kinds(rig) == ["twapOrder"]
    begin(rig)
    assert told(rig)[-1] == "started"


def test_a_lost_cancel_is_asked_for_until_it_is_over() -> None:
    rig = VenueRig()
    cloid = begin(rig)
    lose(rig, "dropRequest", "twapCancel")
    rig.do(lambda: rig.ctx().cancel_twap(cloid))
    rig.run_s(10)
    assert told(rig) == ["started", "canceled"]


def test_one_cancelled_before_its_number_is_known_is_cancelled_as_soon_as_it_is() -> None:
    rig = VenueRig()
    lose(rig, "dropResponse", "twapOrder")
    ctx = rig.ctx()
    rig.do(lambda: ctx.cancel_twap(ctx.twap("BTC", Side.BUY, SIZE, 5)), for_s=0.0)
    assert told(rig) == ["canceled"]  # it had not left
    rig.do(lambda: ctx.twap("BTC", Side.BUY, SIZE, 5), for_s=0.01)
    rig.do(ctx.cancel_all, for_s=0.0)
    rig.run_s(40)
    assert told(rig)[1:] == ["started", "canceled"]
    assert kinds(rig) == ["twapOrder", "twapCancel"]
    assert rig.size() == rig.venue_size()


# --- restarts ------------------------------------------------------------------------------------


def test_after_a_restart_it_is_still_its_strategys_and_its_end_is_known() -> None:
    rig = VenueRig()
    begin(rig)
    rig.run_s(60)
    rig.die()
    rig.run_s(60)
    rig.boot()
    (twap,) = rig.ctx().open_twaps()
    assert twap.filled_size == rig.size() == rig.venue_size()
    rig.run_s(330)
    assert rig.size() == rig.venue_size() == Decimal(str(SIZE))
    assert rig.ctx().open_twaps() == []


def test_one_that_ends_while_nobody_runs_is_over_after_the_restart() -> None:
    rig = VenueRig()
    begin(rig)
    rig.run_s(60)
    rig.die()
    rig.run_s(400)
    rig.boot()
    assert rig.size() == rig.venue_size() == Decimal(str(SIZE))
    assert rig.ctx().open_twaps() == []


def test_one_whose_answer_died_with_the_process_is_found_by_the_next() -> None:
    rig = VenueRig()
    ctx = rig.ctx()
    rig.do(lambda: ctx.twap("BTC", Side.BUY, SIZE, 5), for_s=0.0)
    while not rig.venue_size():
        rig.run_s(0.001)
    rig.die()
    assert isinstance(rig.records()[-1], TwapSentRecord)
    rig.run_s(90)
    rig.boot()
    rig.run_s(30)
    assert rig.size() == rig.venue_size()
    assert [twap.phase for twap in rig.ctx().open_twaps()] == [TwapPhase.RUNNING]
    assert kinds(rig) == ["twapOrder"]


def test_one_that_died_on_its_way_with_the_process_is_not_sent_by_the_next() -> None:
    rig = VenueRig()
    lose(rig, "dropRequest", "twapOrder")
    ctx = rig.ctx()
    rig.do(lambda: ctx.twap("BTC", Side.BUY, SIZE, 5), for_s=0.01)
    rig.die()
    rig.boot()
    rig.run_s(60)
    assert rig.ctx().open_twaps() == []
    assert rig.size() == rig.venue_size() == 0
    assert kinds(rig) == ["twapOrder"]
    assert isinstance(rig.records()[-1], TwapEndRecord)


def test_the_journal_tells_of_it() -> None:
    rig = VenueRig()
    cloid = begin(rig)
    rig.run_s(330)
    records = rig.records()
    of_twap = [r for r in records if isinstance(r, TwapSentRecord | TwapBoundRecord)]
    assert [type(record).__name__ for record in of_twap] == ["TwapSentRecord", "TwapBoundRecord"]
    (end,) = [record for record in records if isinstance(record, TwapEndRecord)]
    assert end.cloid == cloid
    assert {r.strategy for r in records if isinstance(r, FillRecord)} == {"alice"}
