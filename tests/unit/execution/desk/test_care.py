"""A desk's questions come back, however one of them went."""

from __future__ import annotations

from tests.unit.execution.desk_rig import DeskRig

from hive.domain.market import StreamCondition
from hive.simulation.virtual_time import NS_PER_MS

CRASHING_MS = 120_000
MORE_THAN_USUAL = 10


def test_a_gap_is_made_up_for_however_often_the_attempt_crashed() -> None:
    rig = DeskRig().start()
    sink, subscription = rig.streams.sink, rig.streams.subscriptions[0]
    assert sink is not None
    rig.info.failure = ZeroDivisionError("nobody expects it")
    rig.do(lambda: sink.on_condition(subscription, StreamCondition.STALE))
    rig.loop.call_soon(lambda: sink.on_condition(subscription, StreamCondition.FRESH))
    rig.loop.call_soon(lambda: sink.on_gap(subscription, 0, rig.clock.now_ms()))
    rig.kernel.run(until_ns=rig.kernel.now_ns + CRASHING_MS * NS_PER_MS)
    assert len(rig.crashes) > MORE_THAN_USUAL
    assert rig.desk.snapshot().hold_reason.startswith("reconciling")
    rig.crashes.clear()
    rig.info.failure = None
    rig.run_ms(20_000)
    assert rig.desk.snapshot().hold_reason == ""
    rig.resting(1)
