"""While nobody knows whether an order arrived, its strategy gets no other on that side."""

from __future__ import annotations

from tests.unit.execution.desk_rig import ALICE, BOB, DeskRig

from hive.domain.market import Side


def in_doubt() -> tuple[DeskRig, str]:
    """Alice's order to buy BTC was not answered."""
    rig = DeskRig().start()
    cloid = rig.placed()
    rig.lose_answer()
    assert rig.alice.news == ["unconfirmed"]
    return rig, cloid


def test_a_strategy_that_tries_again_on_a_side_in_doubt_is_refused_by_name() -> None:
    rig, _ = in_doubt()
    sent = len(rig.actions)
    rig.placed()
    assert rig.alice.news[-1] == "refused"
    assert rig.alice.events[-1].reason.startswith("in_doubt: an order of yours to buy BTC")
    assert len(rig.actions) == sent


def test_the_other_side_another_coin_and_other_strategies_go_on() -> None:
    rig, _ = in_doubt()
    sent = len(rig.actions)
    rig.placed(Side.SELL, px="61000")
    rig.placed(coin="ETH", px="3000")
    rig.placed(strategy=BOB)
    assert len(rig.actions) == sent + 3


def test_what_only_reduces_goes_on_as_far_as_there_is_something_to_reduce() -> None:
    rig = DeskRig().start()
    held = rig.resting(1)
    rig.tell_fills(rig.fill(held, 1, trade=1))
    rig.placed(Side.SELL, size="0.006", px="61000", reduce_only=True)
    rig.lose_answer()
    rig.placed(Side.SELL, size="0.004", px="61000", reduce_only=True)
    assert rig.actions[-1]["orders"][0]["s"] == "0.004"
    rig.placed(Side.SELL, size="0.001", px="61000", reduce_only=True)
    assert rig.alice.events[-1].reason.startswith("reduce_only")


def test_evidence_of_the_order_thaws_the_side() -> None:
    rig, cloid = in_doubt()
    rig.tell_orders(rig.update(cloid, 1, "open"))  # type: ignore[arg-type]  # a cloid is text
    rig.placed()
    assert rig.alice.news == ["unconfirmed", "accepted"]
    assert rig.actions[-1]["type"] == "order"
    rig.answer({"resting": {"oid": 2}})
    assert len(rig.desk.open_orders(ALICE)) == 2


def test_the_proof_that_it_never_arrived_thaws_the_side() -> None:
    rig, _ = in_doubt()
    rig.run_ms(30_000)
    assert rig.alice.news == ["unconfirmed", "never arrived"]
    rig.placed()
    rig.answer({"resting": {"oid": 2}})
    assert rig.alice.news[-1] == "accepted"


def test_each_of_several_doubts_must_end_before_the_side_thaws() -> None:
    rig = DeskRig().start()
    first, second = rig.do(lambda: [rig.place(), rig.place()])
    rig.lose_answer()
    rig.tell_orders(rig.update(first, 1, "open"))
    rig.placed()
    assert rig.alice.news[-1] == "refused"
    rig.tell_orders(rig.update(second, 2, "open"))
    rig.placed()
    assert rig.actions[-1]["orders"][0]["c"] not in {first, second}


def test_a_replace_in_doubt_freezes_nothing() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    order = rig.desk.order(cloid)
    assert order is not None
    rig.do(lambda: rig.desk.replace(ALICE, cloid, size=order.size, limit_px=order.limit_px - 1))
    rig.lose_answer()
    rig.placed()
    assert rig.alice.news[-1] != "refused"
