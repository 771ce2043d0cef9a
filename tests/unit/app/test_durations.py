"""Durations read as people write them, and nothing else does."""

from __future__ import annotations

import pytest

from hive.app.durations import duration_ms, duration_text
from hive.domain.errors import ConfigRefused


@pytest.mark.parametrize(
    ("text", "ms"),
    [("20s", 20_000), ("10m", 600_000), ("1h30m", 5_400_000), ("500ms", 500), ("7", 7_000)],
)
def test_usual_forms_are_read(text: str, ms: int) -> None:
    assert duration_ms(text) == ms


@pytest.mark.parametrize("text", ["", "0s", "-5s", "5 minutes", "nan", "1e9s", "9999d", "5x", "s"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ConfigRefused):
        duration_ms(text)


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "0 s"),
        (119_999, "119 s"),
        (120_000, "2 min"),
        (7_199_999, "119 min"),
        (10_800_000, "3 h"),
        (172_800_000, "2 days"),
    ],
)
def test_a_duration_is_told_in_the_largest_unit_that_says_enough(ms: int, text: str) -> None:
    assert duration_text(ms) == text
