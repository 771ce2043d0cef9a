"""How often a venue that does not answer is asked whether it is there again."""

from __future__ import annotations

from tests.unit.execution.desk_rig import DeskRig

from hive.domain.errors import Unanswered
from hive.execution.settling.reach import PAUSE_MS, PAUSE_MS_MAX, Reach


def test_pauses_double_up_to_their_longest_and_one_answer_ends_them() -> None:
    reach, now_ms = Reach(), 0
    pauses = []
    for _ in range(6):
        reach.began()
        reach.ended()
        reach.failed(now_ms)
        pauses.append(reach.wait_ms(now_ms))
        now_ms += pauses[-1]
        assert reach.wait_ms(now_ms) == 0
    assert pauses == [500, 1_000, 2_000, 4_000, 8_000, PAUSE_MS_MAX]
    assert reach.answered()
    assert reach.wait_ms(now_ms) == 0
    assert not reach.answered()


def test_while_one_question_finds_out_the_others_wait() -> None:
    reach = Reach()
    reach.failed(0)
    reach.began()
    assert reach.wait_ms(PAUSE_MS_MAX) == PAUSE_MS
    reach.ended()
    assert reach.wait_ms(PAUSE_MS_MAX) == 0


def test_a_thousand_orders_in_doubt_do_not_ask_into_the_void_a_thousand_times() -> None:
    rig = DeskRig().start()
    rig.do(lambda: [rig.place() for _ in range(40)])
    rig.info.failure = Unanswered("nobody there")
    rig.lose_answer()
    asked = len(rig.info.asked)
    rig.run_ms(600_000)
    assert len(rig.info.asked) - asked <= 600_000 / PAUSE_MS_MAX + 10
    assert rig.desk.snapshot().unconfirmed_now == 40
    rig.info.failure = None
    rig.run_ms(PAUSE_MS_MAX + 5_000)
    assert rig.desk.snapshot().unconfirmed_now == 0
