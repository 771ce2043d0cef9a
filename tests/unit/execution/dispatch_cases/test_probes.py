"""The races that peers were probed with, each by its letter."""

from __future__ import annotations

from tests.unit.execution.dispatch_bench import V1, V2, V3, DispatchBench, news, replacing


def test_probe_g_a_cancel_before_the_refusal_of_the_replace_leaves_no_ghost() -> None:
    bench = DispatchBench()
    bench.open(V1)
    replacement = bench.replace()
    bench.report(V1, "canceled")
    assert news(bench.replace_rejected(replacement)) == ["replace rejected", "canceled"]
    assert not bench.life.is_live


def test_probe_d_a_late_fill_of_an_earlier_leg_never_takes_the_order_back() -> None:
    bench = replacing()
    bench.open(V2)
    bench.replace("1", "102")
    bench.fill(V1, "0.4")
    bench.open(V3, px="102")
    assert bench.life.view().oid == V3
    bench.fill(V1, "0.1")
    assert bench.life.view().oid == V3
