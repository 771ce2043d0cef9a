"""Figures: how they are made of samples, and how they are judged."""

from __future__ import annotations

import os

import pytest
from benchmarks import measure
from benchmarks.measure import Yardstick


def test_percentile_is_one_of_the_values() -> None:
    values = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert measure.percentile(values, 0.0) == 1.0
    assert measure.percentile(values, 0.5) == 3.0
    assert measure.percentile(values, 0.99) == 5.0
    assert measure.percentile(values, 1.0) == 5.0


def test_median_ratio_pairs_what_ran_side_by_side() -> None:
    """A slow spell hits both of a pair: the ratio of medians would be 1.0 here."""
    assert measure.median_ratio([2.0, 20.0, 6.0], [1.0, 10.0, 6.0]) == 2.0


def test_median_ratio_refuses_unequal_runs() -> None:
    with pytest.raises(ValueError, match="shorter"):
        measure.median_ratio([1.0, 2.0], [1.0])


def test_processor_time_of_a_process_grows_as_it_works() -> None:
    before_ns = measure.processor_ns(os.getpid())
    while measure.processor_ns(os.getpid()) == before_ns:
        sum(range(10_000))


def test_resident_memory_of_this_process_is_more_than_an_interpreter() -> None:
    assert measure.resident_mb(os.getpid()) > 5


@pytest.mark.parametrize(
    ("yardstick", "figure", "verdict"),
    [
        (Yardstick(bar_max=2.0), 2.0, "≤ 2 met"),
        (Yardstick(bar_max=2.0), 2.01, "≤ 2 MISSED"),
        (Yardstick(bar_min=4.0), 4.0, "≥ 4 met"),
        (Yardstick(bar_min=4.0), 3.99, "≥ 4 MISSED"),
        (Yardstick(peer="9"), 100.0, ""),
    ],
)
def test_a_figure_on_its_bar_meets_it(yardstick: Yardstick, figure: float, verdict: str) -> None:
    assert yardstick.verdict(figure) == verdict


def test_rounding_leaves_counts_and_keeps_what_small_figures_say() -> None:
    figures = {"ratio": 1.23456, "p50_us": 123.456, "signed_actions": 1}
    assert measure.rounded(figures) == {"ratio": 1.235, "p50_us": 123.5, "signed_actions": 1}
