"""What is in use is told to the byte, whatever is resident."""

from __future__ import annotations

import pytest
from benchmarks.heap import in_use_mb


def test_small_objects_and_large_ones_are_counted_until_they_are_freed() -> None:
    before_mb = in_use_mb()
    small = [bytes(100) for _ in range(10_000)]
    large = bytearray(3_000_000)
    both_mb = in_use_mb() - before_mb
    assert both_mb == pytest.approx((len(small) * 144 + len(small) * 8 + len(large)) / 1e6, rel=0.1)
    del small, large
    assert in_use_mb() - before_mb < 0.1
