"""The loop that contenders run on: the one `hive run` chooses, for the floors too."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from hive.app.fast_loop import run_fast


def run(work: Coroutine[Any, Any, None]) -> None:
    """Until the work ends."""
    run_fast(work)
