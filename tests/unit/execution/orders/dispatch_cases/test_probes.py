"""The races that peers were probed with (A to J), each by its letter, and what was seen besides.

Most are provoked at the local venue; where it would take a venue that lies in a certain order, its
words are written here and read like any others.
"""

from __future__ import annotations

from decimal import Decimal

from tests.unit.execution.desk_rig import ALICE, DeskRig
from tests.unit.execution.venue_rig import VenueRig

from hive.domain.identifiers import Cloid
from hive.domain.market import Side
from hive.domain.orders import OrderPhase

NEAR_PX = 79_980
"""Below the best bid: rests, and is what a seller meets next."""


def bid(rig: VenueRig, px: float = NEAR_PX, size: float = 1.0, *, for_s: float = 1) -> Cloid:
    cloid: Cloid = rig.do(lambda: rig.ctx().buy("BTC", size, px), for_s)
    return cloid


def sell_into(rig: VenueRig, size: str, *, for_s: float = 1) -> None:
    """Somebody sells so much to our bid, which is the best while the makers keep away."""
    rig.take(Side.SELL, size, 79_900, for_s=for_s)


def lonely() -> VenueRig:
    """A venue whose makers quote next to nothing, so that whoever sells meets us."""
    rig = VenueRig()
    rig.markets.depth = Decimal("0.0002")
    rig.run_s(1)
    return rig


def kinds(rig: VenueRig) -> list[str]:
    return [action["type"] for action in rig.actions]


def replace_px(rig: VenueRig, cloid: Cloid, px: float, *, for_s: float = 1) -> None:
    rig.do(lambda: rig.ctx().replace(cloid, limit_px=px), for_s)


# --- A, B, C ------------------------------------------------------------------------------------


def test_probe_a_a_fill_after_its_orders_cancel_is_booked() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    rig.tell_orders(rig.update(cloid, 1, "canceled"))
    rig.run_ms(50)
    rig.tell_fills(rig.fill(cloid, 1, trade=1, size="0.004"))
    assert rig.alice.news == ["accepted", "canceled", "filled"]
    assert rig.desk.position(ALICE, "BTC").size == Decimal("0.004")


def test_probe_b_the_old_legs_cancel_before_the_new_legs_open_is_one_replace() -> None:
    rig = VenueRig(is_open_told_first=False, is_reply_first=False)
    cloid = bid(rig, 79_000)
    replace_px(rig, cloid, 79_100)
    assert rig.news(cloid) == ["accepted", "replaced"]
    assert [order.px for order in rig.truth.open_orders] == [79_100]


def test_probe_c_a_fill_of_the_new_leg_whose_open_is_lost_is_no_reason_to_do_anything() -> None:
    """The peer thinks the order too large and sends a needless modify."""
    rig = lonely()
    cloid = bid(rig)
    rig.go_wrong("loseModifyOpen")
    rig.go_wrong("delayResponse", ms=4_000, kind="batchModify")
    replace_px(rig, cloid, NEAR_PX + 1, for_s=0.2)
    sell_into(rig, "0.4", for_s=60)
    assert rig.news(cloid) == ["accepted", "replaced", "filled"]
    assert kinds(rig) == ["order", "batchModify"]
    (order,) = rig.truth.open_orders
    assert rig.size() == rig.venue_size() == 1 - order.open_size
    assert rig.ctx().order(cloid).open_size == order.open_size


# --- D, E, F -------------------------------------------------------------------------------------


def test_probe_d_a_late_fill_of_the_first_leg_leaves_the_third_and_is_trimmed() -> None:
    """Here the fill did race, so what is open is more than is wanted."""
    rig = DeskRig().start()
    cloid = rig.resting(1)
    for oid, px in ((2, 59_900), (3, 59_800)):
        price = Decimal(px)
        rig.do(lambda: rig.desk.replace(ALICE, cloid, size=Decimal("0.01"), limit_px=price))  # noqa: B023 (called within the turn)
        if oid == 2:
            rig.answer({"resting": {"oid": 2}})
    rig.tell_fills(rig.fill(cloid, 1, trade=1, size="0.004"))
    assert rig.desk.order(cloid).oid == 2  # type: ignore[union-attr]  # it is live
    rig.answer({"resting": {"oid": 3}})
    assert rig.desk.order(cloid).oid == 3  # type: ignore[union-attr]  # it is live
    assert rig.alice.news == ["accepted", "replaced", "filled", "replaced"]
    sizes = [action["modifies"][0]["order"]["s"] for action in rig.actions[1:]]
    assert sizes == ["0.01", "0.01", "0.006"]


def test_probe_e_what_happens_while_the_private_socket_is_down_is_known_within_ten_seconds() -> (
    None
):
    rig = lonely()
    filled, canceled = bid(rig, NEAR_PX), bid(rig, 78_000)
    rig.run_s(5)
    rig.loop.call_soon(lambda: rig.ctx().cancel(canceled))
    accepted = bid(rig, 77_000, for_s=0.03)  # both have left, and no answer has come
    rig.go_wrong("cutSocket", holds="orderUpdates")
    rig.go_wrong("refuseConnects", forMs=2_000)
    sell_into(rig, "1.1", for_s=10)
    assert rig.news(filled) == ["accepted", "filled"]
    assert rig.news(canceled)[-1] == "canceled"
    assert rig.news(accepted)[-1] == "accepted"
    assert rig.open_cloids() == [accepted]
    assert rig.size() == rig.venue_size()


def test_probe_f_a_fill_told_by_every_road_is_one_fill() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    row = rig.fill(cloid, 1, trade=1)
    rig.tell_fills(row)
    rig.push({"channel": "user", "data": {"fills": [row]}})
    rig.tell_fills(row, is_snapshot=True)
    rig.info.fills = [row]
    rig.run_ms(61_000)
    assert len(rig.alice.fills) == 1
    assert rig.desk.snapshot().fills == 1


def test_probe_f_frames_that_come_twice_are_taken_once() -> None:
    rig = lonely()
    cloid = bid(rig)
    for channel in ("userFills", "user", "orderUpdates"):
        rig.go_wrong("duplicatePush", channel=channel, count=20)
    sell_into(rig, "0.4")
    sell_into(rig, "0.7")
    assert rig.news(cloid) == ["accepted", "filled", "filled"]
    assert rig.size() == rig.venue_size() == 1


# --- G, H, I, J ----------------------------------------------------------------------------------


def test_probe_g_a_cancel_before_the_refusal_of_the_replace_leaves_no_ghost() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    rig.do(lambda: rig.desk.replace(ALICE, cloid, size=Decimal("0.01"), limit_px=Decimal(59_000)))
    rig.tell_orders(rig.update(cloid, 1, "canceled"))
    assert rig.alice.news == ["accepted"]
    rig.answer({"error": "Cannot modify canceled or filled order"})
    assert rig.alice.news == ["accepted", "replace rejected", "canceled"]
    assert rig.desk.open_orders(ALICE) == []


def test_probe_h_a_fill_before_any_word_of_the_order_is_acceptance_and_fill() -> None:
    rig = VenueRig()
    rig.go_wrong("delayResponse", ms=2_000, kind="order")
    rig.go_wrong("delayChannel", channel="orderUpdates", ms=2_000, forMs=10_000)
    cloid = bid(rig, 80_020, 0.5)
    assert rig.news(cloid) == ["accepted", "filled"]
    rig.run_s(5)
    assert rig.news(cloid) == ["accepted", "filled"]
    assert rig.ctx().order(cloid).phase is OrderPhase.DONE
    assert rig.size() == rig.venue_size() == Decimal("0.5")


def test_probe_i_a_late_fill_of_the_old_leg_is_told_and_the_new_one_cut_to_what_is_left() -> None:
    rig = lonely()
    cloid = bid(rig)
    for channel in ("userFills", "user", "orderUpdates"):
        rig.go_wrong("delayChannel", channel=channel, ms=2_000, forMs=1_500)
    sell_into(rig, "0.4")
    assert rig.size() == 0
    assert rig.venue_size() > 0
    replace_px(rig, cloid, NEAR_PX - 1, for_s=0.2)
    assert rig.news(cloid) == ["accepted", "replaced"]
    rig.run_s(5)
    assert rig.news(cloid) == ["accepted", "replaced", "filled", "replaced"]
    (order,) = rig.truth.open_orders
    assert rig.size() + order.open_size == 1
    assert rig.size() == rig.venue_size()


def test_probe_j_two_replaces_before_any_word_of_the_stream_both_name_the_cloid() -> None:
    rig = VenueRig()
    cloid = bid(rig, 79_000)
    rig.go_wrong("silenceChannel", channel="orderUpdates", forMs=5_000)
    replace_px(rig, cloid, 79_100, for_s=0.3)
    replace_px(rig, cloid, 79_200, for_s=0.3)
    assert [action["modifies"][0]["oid"] for action in rig.actions[1:]] == [cloid, cloid]
    assert rig.news(cloid) == ["accepted", "replaced", "replaced"]
    rig.run_s(70)
    assert [order.px for order in rig.truth.open_orders] == [79_200]
    assert rig.open_cloids() == [cloid]
    assert rig.news(cloid) == ["accepted", "replaced", "replaced"]


# --- seen besides --------------------------------------------------------------------------------


def test_a_fills_time_keeps_every_millisecond() -> None:
    """As a float of nanoseconds it would not."""
    rig = DeskRig().start()
    cloid = rig.resting(1)
    for number in range(100):
        row = rig.fill(cloid, 1, trade=number, size="0.0001", venue_ms=1_780_000_000_001 + number)
        rig.tell_fills(row)
    assert [fill.venue_ms for fill in rig.alice.fills] == [
        1_780_000_000_001 + number for number in range(100)
    ]


def test_nothing_is_on_the_wire_that_nobody_asked_for() -> None:
    """No builder of a zero fee, and no fast cancel."""
    rig = DeskRig().start()
    cloid = rig.resting(1)
    rig.do(lambda: rig.desk.replace(ALICE, cloid, size=Decimal("0.01"), limit_px=Decimal(59_000)))
    rig.answer({"resting": {"oid": 2}})
    rig.do(lambda: rig.desk.cancel(ALICE, cloid))
    placed, replaced, cancelled = rig.actions
    assert sorted(placed) == ["grouping", "orders", "type"]
    assert sorted(replaced) == ["modifies", "type"]
    assert sorted(cancelled) == ["cancels", "type"]
