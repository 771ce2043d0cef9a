"""The loop that trading runs on: uvloop if installed, and a collector that seldom stops it.

Nothing on the hot path makes cycles, so the cyclic collector finds nothing there; at the usual
threshold it still looks through everything that lives, every few seconds, for some milliseconds.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

T = TypeVar("T")

YOUNG_OBJECTS_MAX: Final = 20_000
"""New containers before the youngest are looked through; Python's own choice is 700."""


def run_fast(work: Coroutine[Any, Any, T]) -> T:
    """Run it on uvloop; plain asyncio does the same, a little slower."""
    gc.set_threshold(YOUNG_OBJECTS_MAX, *gc.get_threshold()[1:])
    try:
        import uvloop
    except ImportError:
        return asyncio.run(work)
    result: T = uvloop.run(work)
    return result
