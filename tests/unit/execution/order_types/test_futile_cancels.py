"""Of an account without streams nobody asks for a cancel again that has just found nothing."""

from __future__ import annotations

from tests.unit.execution.desk_rig import ACCOUNT, ALICE, DeskRig

from hive.domain.identifiers import Cloid
from hive.execution.desk.settings import DeskSettings
from hive.execution.order_types.futile_cancels import ASKED_ALREADY
from hive.execution.sending.action_sender import SendSettings
from hive.execution.settling.errands import POLLED, paced

GONE = "Order was never placed, already canceled, or filled. asset=0"


def polled() -> tuple[DeskRig, Cloid]:
    """An order was filled, which nobody has told yet; its cancel has been refused."""
    settings = DeskSettings(
        account=ACCOUNT,
        send=SendSettings(is_mainnet=False),
        is_polled=True,
        errands=paced(POLLED, 8, 12, 1_200),
    )
    rig = DeskRig(settings=settings).start()
    cloid = rig.resting(1)
    rig.do(lambda: rig.desk.cancel_all(ALICE))
    rig.answer({"error": GONE})
    assert rig.alice.events[-1].reason == GONE
    return rig, cloid


def test_who_cancels_all_again_sends_no_cancel_that_found_nothing() -> None:
    rig, _ = polled()
    posts = len(rig.streams.posts)
    for _ in range(5):
        rig.do(lambda: rig.desk.cancel_all(ALICE))
        rig.run_ms(1_000)
    assert len(rig.streams.posts) == posts


def test_who_cancels_it_by_name_is_told_so() -> None:
    rig, cloid = polled()
    posts = len(rig.streams.posts)
    rig.do(lambda: rig.desk.cancel(ALICE, cloid))
    assert len(rig.streams.posts) == posts
    assert rig.alice.events[-1].reason == ASKED_ALREADY


def test_once_it_should_be_known_what_became_of_it_it_is_cancelled_as_ever() -> None:
    rig, _ = polled()
    rig.run_ms(rig.desk.snapshot().lag_ms + 1)
    posts = len(rig.streams.posts)
    rig.do(lambda: rig.desk.cancel_all(ALICE))
    assert len(rig.streams.posts) == posts + 1


def test_whoever_stops_everything_asks_all_the_same() -> None:
    rig, _ = polled()
    posts = len(rig.streams.posts)
    rig.do(rig.desk.cancel_all)
    assert len(rig.streams.posts) == posts + 1
