"""Faults that come by themselves: by a script, or by chance from a seed.

    - {atMs: 5000, type: dropResponse, count: 2}
    - {atMs: 8000, type: halfOpenSocket, holds: orderUpdates}

Times count from the opening. Chaos draws one fault after another, each of some seconds at most,
from everything that a client must survive; the same seed draws the same ones at the same times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import log
from typing import Any, Final

import msgspec

from hive.domain.errors import ConfigRefused
from hive.localvenue.faults.kinds import Fault, parse_fault

SCRIPT_MAX: Final = 100_000
CHAOS_EVERY_MS: Final = 2_000
"""The mean pause between two faults."""
NEVER_MS: Final = 2**62
_TINY: Final = 1e-12

Uniform = Callable[[], float]


class TimedFault(msgspec.Struct, frozen=True):
    """A fault and when it comes, counted from the opening."""

    at_ms: int
    fault: Fault


def read_script(rows: Any) -> tuple[TimedFault, ...]:
    """The faults of a decoded file, by time.

    Raises:
        ConfigRefused: it is no list of faults, or too long a one.
    """
    if not isinstance(rows, list) or len(rows) > SCRIPT_MAX:
        raise ConfigRefused(f"faults are a list of at most {SCRIPT_MAX} rows")
    return tuple(sorted((_timed(row, place) for place, row in enumerate(rows, start=1)), key=_when))


def _timed(row: Any, place: int) -> TimedFault:
    at_ms = row.get("atMs", 0) if isinstance(row, dict) else None
    if not isinstance(at_ms, int) or isinstance(at_ms, bool) or at_ms < 0:
        raise ConfigRefused(f"row {place} of the faults has no time `atMs`")
    try:
        rest = {name: value for name, value in row.items() if name != "atMs"}
        return TimedFault(at_ms, parse_fault(rest))
    except msgspec.ValidationError as error:
        raise ConfigRefused(f"row {place} of the faults: {error}") from None


def _when(timed: TimedFault) -> int:
    return timed.at_ms


class FaultPlan:
    """When which fault comes, from script and chaos together."""

    def __init__(self, opened_ms: int, script: Iterable[TimedFault], chaos: Uniform | None) -> None:
        self._opened_ms = opened_ms
        self._script = list(script)[::-1]
        self._chaos = chaos
        self._chaos_ms = NEVER_MS if chaos is None else opened_ms + _pause_ms(chaos)

    @property
    def next_ms(self) -> int:
        """When the next fault comes."""
        scripted_ms = self._opened_ms + self._script[-1].at_ms if self._script else NEVER_MS
        return min(scripted_ms, self._chaos_ms)

    def due(self, now_ms: int) -> list[Fault]:
        """The faults whose time has come; each counts as told."""
        found: list[Fault] = []
        while self._script and self._opened_ms + self._script[-1].at_ms <= now_ms:
            found.append(self._script.pop().fault)
        if self._chaos is not None and self._chaos_ms <= now_ms:
            found.append(drawn(self._chaos))
            self._chaos_ms = now_ms + _pause_ms(self._chaos)
        return found


_PRIVATE: Final = ("orderUpdates", "userFills", "user")
_PUBLIC: Final = ("l2Book", "bbo", "trades", "activeAssetCtx")
_HELD: Final = ("orderUpdates", "userFills", "l2Book", "trades")
_KINDS: Final = (
    "dropResponse",
    "dropRequest",
    "failResponse",
    "refuseRequest",
    "delayResponse",
    "mangleStatuses",
    "dropPush",
    "duplicatePush",
    "delayPush",
    "loseModifyOpen",
    "delayChannel",
    "silenceChannel",
    "dropFirstFrame",
    "truncateSnapshot",
    "staleReads",
    "unknownOrders",
    "outage",
    "refuseConnects",
    "postOnlyWindow",
    "badMeta",
    "cutSocket",
    "closeSocket",
    "halfOpenSocket",
    "slowSocket",
    "tearSocket",
    "oversizeFrame",
    "errorFrame",
)
"""What chaos draws from, each as likely as the others."""


def drawn(uniform: Uniform) -> Fault:
    """A fault by chance, with what it needs to know by chance too."""
    kind = _one_of(_KINDS, uniform)
    # All are drawn whatever the kind, so that what is drawn next does not depend on it.
    count = 1 + int(uniform() * 5)
    for_ms = 200 + int(uniform() * 5_000)
    ms = 50 + int(uniform() * 2_000)
    channel = _one_of(_PRIVATE if uniform() < 0.5 else _PUBLIC, uniform)
    row: dict[str, Any] = {
        "count": count,
        "forMs": for_ms,
        "ms": ms,
        "lagMs": ms,
        "channel": channel,
        "path": "info" if uniform() < 0.3 else "exchange",
        "status": _one_of((429, 500, 502, 503), uniform),
        "rows": int(uniform() * 3),
        "code": _one_of((1000, 1006, 1008, 1009, 1011), uniform),
        "how": _HOW.get(kind, ("",))[int(uniform() * len(_HOW.get(kind, ("",))))],
        "holds": _one_of(_HELD, uniform),
        "text": f"too many pending post requests id={count}",
        "bytes": 1 << 20,
    }
    return parse_fault({"type": kind, **row})


_HOW: Final = {
    "mangleStatuses": ("short", "long", "null"),
    "badMeta": ("missing", "duplicate", "outOfRange"),
}


def _pause_ms(uniform: Uniform) -> int:
    return 1 + round(-CHAOS_EVERY_MS * log(uniform() + _TINY))


def _one_of(options: tuple[Any, ...], uniform: Uniform) -> Any:
    return options[int(uniform() * len(options))]
