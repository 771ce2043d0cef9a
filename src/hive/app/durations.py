"""Durations as people write them: `20s`, `10m`, `1h30m`, `500ms`."""

from __future__ import annotations

import re
from typing import Final

from hive.domain.errors import ConfigRefused

_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_MS_BY_UNIT: Final = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
DURATION_MS_MAX: Final = 366 * 86_400_000


def duration_ms(text: str) -> int:
    """The duration in milliseconds; a bare number is seconds.

    Raises:
        ConfigRefused: it is not a duration, is zero, or is longer than a year.
    """
    written = text.strip().lower()
    if re.fullmatch(r"\d+(?:\.\d+)?", written):
        written += "s"
    parts = _PART.findall(written)
    if not parts or "".join(number + unit for number, unit in parts) != written:
        raise ConfigRefused(f"{text[:40]!r} is not a duration", hint="write 20s, 10m or 1h30m")
    total_ms = round(sum(float(number) * _MS_BY_UNIT[unit] for number, unit in parts))
    if not 0 < total_ms <= DURATION_MS_MAX:
        raise ConfigRefused(f"{text[:40]!r} is out of range", hint="more than nothing, to a year")
    return total_ms


def duration_text(ms: int) -> str:
    """Roughly how long, in the largest unit of which it is at least two: `90 s`, `47 h`."""
    for unit, name in (("d", "days"), ("h", "h"), ("m", "min")):
        if ms >= 2 * _MS_BY_UNIT[unit]:
            return f"{ms // _MS_BY_UNIT[unit]} {name}"
    return f"{ms // _MS_BY_UNIT['s']} s"
