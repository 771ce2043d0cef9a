"""What no fill explains halts the account: once, loudly, until a person has looked."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.unit.execution.desk_rig import ALICE, DeskRig

from hive.domain.market import Side
from hive.storage.records import CorrectionRecord, HaltedRecord, ResumedRecord


def held(size: str, coin: str = "BTC") -> dict[str, Any]:
    """A position as the venue tells it."""
    return {
        "type": "oneWay",
        "position": {
            "coin": coin,
            "szi": size,
            "entryPx": "60000.0",
            "leverage": {"type": "cross", "value": 20},
            "liquidationPx": None,
            "marginUsed": "1.0",
            "maxLeverage": 40,
            "positionValue": "60000.0",
            "returnOnEquity": "0.0",
            "unrealizedPnl": "0.0",
            "cumFunding": {"allTime": "0.0", "sinceChange": "0.0", "sinceOpen": "0.0"},
        },
    }


def moved_without_a_fill() -> DeskRig:
    """Alice bought 0.01; some time later the venue says 0.03, and has no fill to tell."""
    rig = DeskRig().start()
    cloid = rig.resting(1)
    row = rig.fill(cloid, 1, trade=1)
    rig.tell_fills(row)
    rig.info.fills = [row]
    rig.info.positions = [held("0.01")]
    rig.run_ms(61_000)
    assert rig.desk.snapshot().halt_reason == ""
    rig.info.positions = [held("0.03")]
    rig.run_ms(80_000)
    return rig


def corrections(rig: DeskRig) -> list[CorrectionRecord]:
    return [record for record in rig.journal.records if isinstance(record, CorrectionRecord)]


def test_a_position_that_no_fill_explains_is_corrected_once_and_halts_the_account() -> None:
    rig = moved_without_a_fill()
    rig.run_ms(600_000)
    (correction,) = corrections(rig)
    assert (correction.before, correction.after) == (Decimal("0.01"), Decimal("0.03"))
    assert correction.reason == "no fill explains it"
    snapshot = rig.desk.snapshot()
    assert snapshot.halt_reason.startswith("BTC: 0.01 here, 0.03 there")
    assert len(snapshot.recent_alarms) == 1
    assert rig.desk.position(ALICE, "BTC").size == Decimal("0.01")
    assert rig.desk.position(None, "BTC").size == Decimal("0.02")


def test_a_halted_account_takes_no_risk_and_goes_on_reducing_and_cancelling() -> None:
    rig = moved_without_a_fill()
    rig.placed()
    assert rig.alice.events[-1].reason.startswith("halted: BTC")
    exit_ = rig.placed(Side.SELL, size="0.01", px="61000", reduce_only=True)
    rig.answer({"resting": {"oid": 2}})
    assert rig.alice.news[-1] == "accepted"
    rig.do(lambda: rig.desk.cancel(ALICE, exit_))
    assert rig.actions[-1]["type"] == "cancelByCloid"


def test_what_rested_before_the_halt_is_not_made_larger_and_may_be_cancelled() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    rig.run_ms(61_000)
    rig.info.open_orders = [rig.listed(rig.update(cloid, 1, "open"))]
    rig.info.positions = [held("5.0")]
    rig.run_ms(80_000)
    rig.do(lambda: rig.desk.replace(ALICE, cloid, size=Decimal(1), limit_px=Decimal(60_000)))
    assert rig.alice.events[-1].reason.startswith("halted")
    rig.do(lambda: rig.desk.cancel(ALICE, cloid))
    assert rig.actions[-1]["type"] == "cancelByCloid"


def test_a_person_resumes_it_and_the_journal_says_who() -> None:
    rig = moved_without_a_fill()
    assert rig.do(lambda: rig.desk.resume("ada")) is True
    assert rig.do(lambda: rig.desk.resume("ada")) is False
    assert [r.by for r in rig.journal.records if isinstance(r, ResumedRecord)] == ["ada"]
    rig.placed()
    rig.answer({"resting": {"oid": 9}})
    assert rig.alice.news[-1] == "accepted"


def test_a_halt_outlives_the_process_and_so_does_its_end() -> None:
    rig = moved_without_a_fill()
    after = DeskRig(rig.journal.records)
    assert after.desk.snapshot().halt_reason == rig.desk.snapshot().halt_reason
    assert after.desk.account_position("BTC").size == Decimal("0.03")
    rig.do(lambda: rig.desk.resume("ada"))
    assert DeskRig(rig.journal.records).desk.snapshot().halt_reason == ""


def test_f18_a_restart_does_not_meet_a_hole_again_that_was_accepted() -> None:
    rig = DeskRig().start()
    rig.tell_fills(rig.fill(None, 1, trade=2, size="0.1", start="0.0"))
    rig.tell_fills(rig.fill(None, 1, trade=3, size="0.1", start="0.6"))
    rig.info.positions = [held("0.7")]
    rig.run_ms(120_000)
    assert rig.desk.account_position("BTC").size == Decimal("0.7")
    records = list(rig.journal.records)
    after = DeskRig(records)
    after.info.positions = [held("0.7")]
    after.start().run_ms(300_000)
    found = [*corrections(after), *(r for r in after.journal.records if type(r) is HaltedRecord)]
    assert found == []
    assert after.desk.snapshot().recent_alarms == ()


def test_what_was_held_before_the_first_known_fill_is_taken_over_without_a_halt() -> None:
    rig = DeskRig()
    rig.info.positions = [held("2.0")]
    rig.start().run_ms(120_000)
    assert [c.reason for c in corrections(rig)] == ["held before the first fill that is known"]
    assert rig.desk.account_position("BTC").size == 2
    assert rig.desk.snapshot().halt_reason == ""


def test_fills_that_begin_in_the_middle_of_a_history_are_anchored_by_their_own_word() -> None:
    """The venue keeps 10,000 fills: what came before them shows in the first one's beginning."""
    rig = DeskRig()
    rig.info.fills = [rig.fill(None, 1, trade=1, size="0.5", start="3.0")]
    rig.info.positions = [held("3.5")]
    rig.start().run_ms(120_000)
    assert [c.reason for c in corrections(rig)] == ["held before the first fill that is known"]
    assert rig.desk.account_position("BTC").size == Decimal("3.5")
    assert rig.desk.snapshot().recent_alarms == ()


def test_a_position_that_appears_later_without_any_fill_is_not_from_before() -> None:
    rig = DeskRig().start()
    rig.run_ms(61_000)
    rig.info.positions = [held("2.0")]
    rig.run_ms(80_000)
    assert rig.desk.snapshot().halt_reason.startswith("BTC: 0 here, 2.0 there")


def test_spot_balances_and_builders_dexes_are_no_positions_of_the_venues_own() -> None:
    rig = DeskRig()
    rig.info.fills = [
        {**rig.fill(None, 1, trade=1, size="5"), "coin": "@1"},
        {**rig.fill(None, 2, trade=2, size="7"), "coin": "PURR/USDC"},
        {**rig.fill(None, 3, trade=3, size="9"), "coin": "xyz:TSLA"},
    ]
    rig.start().run_ms(300_000)
    assert corrections(rig) == []
    assert rig.desk.snapshot().recent_alarms == ()
    assert rig.desk.account_position("xyz:TSLA").size == 9


def test_a_difference_that_never_stays_the_same_is_looked_at_ever_less_often() -> None:
    rig = DeskRig().start()
    rig.run_ms(61_000)
    for minute in range(30):
        for turn in range(20):
            rig.info.positions = [held(f"{1 + minute * 20 + turn}.0")]
            rig.run_ms(3_000)
    asked = [request["type"] for request in rig.info.asked]
    assert asked.count("clearinghouseState") < 30 * 60 / 3
    assert corrections(rig) == []
