"""Somebody else with tools like ours on the account: told of, and where it must be, a halt."""

from __future__ import annotations

from tests.unit.execution.desk_rig import ALICE, SIGNER, DeskRig

from hive.domain.identifiers import Cloid, CloidFields, pack_cloid, unpack_cloid
from hive.domain.market import Side
from hive.execution.orders.cloids import CloidSequence, first_number
from hive.storage.records import HaltedRecord

OURS = 7
EPOCH = 2
"""Of the rig's first start."""


def theirs(epoch: int = EPOCH, number: int = 5, *, account: int = 1, strategy: int = 1) -> Cloid:
    return pack_cloid(CloidFields(OURS, account, strategy, epoch, number))


def halt_of(rig: DeskRig) -> str:
    return str(rig.desk.snapshot().halt_reason)


def test_an_order_of_a_later_start_is_a_copys_and_halts_the_account_once() -> None:
    rig = DeskRig().start()
    for oid in (70, 71):
        rig.tell_orders(rig.update(theirs(epoch=EPOCH + 1, number=oid), oid, "open"))
    assert halt_of(rig).startswith("another process trades")
    assert "(instance 0007, its start 3, ours 2)" in halt_of(rig)
    assert len(rig.desk.snapshot().recent_alarms) == 1
    assert [type(r) for r in rig.journal.records].count(HaltedRecord) == 1
    rig.placed()
    assert rig.alice.events[-1].reason.startswith("halted: another process trades")


def test_who_resumes_while_the_copy_goes_on_halts_again_with_its_next_order() -> None:
    rig = DeskRig().start()
    rig.tell_orders(rig.update(theirs(epoch=EPOCH + 1, number=5), 70, "open"))
    rig.do(lambda: rig.desk.resume("ann"))
    assert halt_of(rig) == ""
    rig.tell_orders(rig.update(theirs(epoch=EPOCH + 1, number=6), 71, "open"))
    assert halt_of(rig).startswith("another process trades")


def test_who_resumes_while_the_key_signs_elsewhere_halts_again_with_the_next_refusal() -> None:
    rig = DeskRig().start()
    for _ in range(2):
        rig.placed()
        nonce = rig.streams.posts[-1][1]["nonce"]
        rig.refuse(f"Invalid nonce: nonce too low {nonce} < {nonce + 50_000}")
        assert halt_of(rig).startswith("another process signs")
        rig.do(lambda: rig.desk.resume("ann"))
        assert halt_of(rig) == ""


def test_a_copy_that_started_as_often_has_numbers_of_its_own_and_is_found_by_them() -> None:
    rig = DeskRig().start()
    own = unpack_cloid(rig.placed())
    assert own is not None
    copy = CloidSequence(
        instance=OURS, account=1, epoch=EPOCH, behind=first_number(rig.clock.now_ms() + 3)
    )
    rig.tell_orders(rig.update(copy.issue(1), 70, "open"))
    assert halt_of(rig).startswith("another process trades")


def test_a_copy_that_started_less_often_is_found_when_it_places_after_our_start() -> None:
    rig = DeskRig().start()
    rig.run_ms(50_000)
    rig.tell_orders(rig.update(theirs(epoch=1), 70, "open"))
    assert halt_of(rig) == "", "it may have been on its way"
    rig.run_ms(15_000)
    rig.tell_orders(rig.update(theirs(epoch=1, number=6), 71, "open"))
    assert halt_of(rig).startswith("another process trades")


def test_an_order_of_an_earlier_start_is_ours_whenever_it_is_told_of() -> None:
    past = DeskRig().start()
    cloid = past.resting(1)
    rig = DeskRig(past.journal.records)
    rig.info.open_orders = [rig.listed(rig.update(cloid, 1, "open"))]
    rig.start()
    rig.run_ms(120_000)
    rig.tell_orders(rig.update(cloid, 2, "open"), rig.update(cloid, 1, "canceled"))
    assert halt_of(rig) == ""
    assert [order.cloid for order in rig.desk.open_orders(ALICE)] == [cloid]


def test_a_strategy_or_an_account_that_we_never_numbered_is_a_copys() -> None:
    for cloid in (theirs(epoch=1, strategy=99), theirs(epoch=1, account=9)):
        rig = DeskRig().start()
        rig.tell_orders(rig.update(cloid, 70, "open"))
        assert halt_of(rig).startswith("another process trades")


def test_what_a_copy_did_before_our_start_halts_before_the_first_order() -> None:
    rig = DeskRig()
    cloid = theirs(epoch=EPOCH + 3)
    rig.info.open_orders = [rig.listed(rig.update(cloid, 70, "open"))]
    rig.start()
    assert halt_of(rig).startswith("another process trades")
    assert rig.desk.open_orders(ALICE) == []


def test_fills_of_a_copy_are_nobodys_and_halt() -> None:
    rig = DeskRig().start()
    row = rig.fill(theirs(epoch=EPOCH + 1), 70, trade=1)
    rig.info.fills = [row]
    rig.tell_fills(row)
    assert rig.desk.position(ALICE, "BTC").size == 0
    assert str(rig.desk.position(None, "BTC").size) == "0.01"
    assert halt_of(rig).startswith("another process trades")


def test_another_instance_with_a_number_of_its_own_is_told_of_and_halts_nothing() -> None:
    rig = DeskRig().start()
    stranger = pack_cloid(CloidFields(9, 1, 1, 1, 5))
    rig.tell_orders(rig.update(stranger, 70, "open"))
    assert halt_of(rig) == ""
    (alarm,) = rig.desk.snapshot().recent_alarms
    assert alarm.startswith("another instance of Hive (0009) trades")


def test_an_instance_that_is_met_by_its_fills_is_told_with_its_last_sign() -> None:
    """It may be our own earlier one, from another folder, and have ended long ago."""
    rig = DeskRig().start()
    now_ms = rig.clock.now_ms()
    stranger = pack_cloid(CloidFields(9, 1, 1, 1, 5))
    rig.tell_fills(
        rig.fill(stranger, 70, trade=1, venue_ms=now_ms - 9 * 3_600_000),
        rig.fill(stranger, 71, trade=2, venue_ms=now_ms - 3 * 3_600_000),
        is_snapshot=True,
    )
    (alarm,) = rig.desk.snapshot().recent_alarms
    assert alarm.endswith("booked as nobody's; it last traded 3 h ago")


def test_nonces_above_ours_are_another_signers_with_our_key_and_halt_once() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    rig.tell_fills(rig.fill(cloid, 1, trade=1))
    nonce = 0
    for _ in range(2):
        rig.placed()
        nonce = rig.streams.posts[-1][1]["nonce"]
        rig.refuse(f"Invalid nonce: nonce too low {nonce} < {nonce + 5_000}")
    assert halt_of(rig).startswith(f"another process signs with the key of {SIGNER.address}")
    assert len(rig.desk.snapshot().recent_alarms) == 1
    assert rig.alice.events[-1].reason.startswith("halted: another process signs")
    sent = len(rig.actions)
    rig.placed(Side.SELL, px="61000", reduce_only=True)
    assert len(rig.actions) == sent + 1
    assert rig.streams.posts[-1][1]["nonce"] > nonce + 5_000
