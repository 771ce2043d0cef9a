"""What an exercise of a foreign client found, as the last line of its output.

Every step is tried, also after a fault: each says for itself what stands and what does not. No
import of ours: the exercises run in environments that hold their client and nothing else.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable, Iterable


def fault_of(error: BaseException) -> str:
    """Where and what, in one line."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    text = str(error).strip() or place.line
    return f"{type(error).__name__} at {place.filename.rpartition('/')[2]}:{place.lineno}: {text}"


def try_all(steps: Iterable[tuple[str, Callable[[], object]]]) -> dict[str, str | None]:
    """By step: its fault, or None."""
    outcome: dict[str, str | None] = {}
    for name, step in steps:
        try:
            step()
        except Exception as error:  # noqa: BLE001 (whatever it was, the parent shows it)
            outcome[name] = fault_of(error)
        else:
            outcome[name] = None
    return outcome


def print_report(outcome: dict[str, str | None]) -> None:
    sys.stdout.write("\n" + json.dumps(outcome) + "\n")
