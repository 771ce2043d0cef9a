"""The lag that one sample in a hundred exceeds, from counts."""

from __future__ import annotations

import pytest

from hive.app.view.lag_tally import SAMPLES_MAX, LagTally
from hive.runtime.rng import SeededRng


def test_it_is_the_true_one_and_at_most_a_twentieth_more() -> None:
    rng, tally = SeededRng(3), LagTally()
    lags_ms = [10 ** (4 * rng.uniform() - 1) for _ in range(SAMPLES_MAX)]
    for lag_ms in lags_ms:
        tally.add(lag_ms)
    true_ms = sorted(lags_ms)[int(SAMPLES_MAX * 0.99) - 1]
    assert true_ms <= tally.p99_ms() <= 1.06 * true_ms


@pytest.mark.parametrize(("lag_ms", "told_ms"), [(0.0, 0.05), (1e9, 108_285.5)])
def test_what_is_too_small_or_too_large_to_tell_stands_at_the_end(
    lag_ms: float, told_ms: float
) -> None:
    tally = LagTally()
    assert tally.p99_ms() == 0
    tally.add(lag_ms)
    assert tally.p99_ms() == pytest.approx(told_ms, rel=1e-4)


def test_the_oldest_are_forgotten() -> None:
    tally = LagTally()
    for lag_ms in (500.0, 1.0, 1.0):
        for _ in range(SAMPLES_MAX):
            tally.add(lag_ms)
    tally.add(1.0)
    assert tally.p99_ms() < 1.1
