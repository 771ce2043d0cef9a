"""Every place where a rule of the layout does not hold, and why. There is no other list.

An exemption that is no longer needed fails the test, so the table cannot outlive its reasons.
"""

from __future__ import annotations

from typing import Final

EXEMPT: Final[dict[tuple[str, str], str]] = {
    ("no work at import", "src/hive/app/cli.py"): (
        "typer's table of commands is put together when the file is loaded, and nothing imports it"
    ),
    ("positional parameters", "src/hive/app/cli.py"): (
        "each is an option of a command; typer always passes them by name"
    ),
    ("class names", "src/hive/marketdata/market_data.py"): (
        "MarketData is what the trade calls it; here the word says what it is"
    ),
    ("foreign private names", "benchmarks/heap.py"): (
        "CPython tells the bytes in its pools in one place only: _debugmallocstats"
    ),
    ("foreign private names", "src/hive/simulation/virtual_time.py"): (
        "asyncio names the entry for authors of event loops so: _set_running_loop"
    ),
    ("function length", "src/hive/execution/desk/parts.py"): (
        "the parts of a desk one after the other: who holds whom is read best on one page"
    ),
    ("function length", "src/hive/execution/desk/view.py"): (
        "one line for each thing that a desk shows of itself"
    ),
    ("repeatable waiting", "src/hive/app/processes/child.py"): (
        "the watching process has no supervisor: the task ends with the child that it listens to"
    ),
    ("repeatable waiting", "src/hive/app/demo/live.py"): (
        "the watching process has no supervisor: the troublemaker is cancelled when the run ends"
    ),
    ("repeatable waiting", "src/hive/simulation/virtual_time.py"): (
        "an event loop starts the main task itself; it is what others are repeatable on"
    ),
    ("repeatable waiting", "src/hive/runtime/disk_live.py"): (
        "a sync blocks for milliseconds, so a thread waits for it; simulation has a disk of its own"
    ),
    ("repeatable waiting", "src/hive/runtime/net_live.py"): (
        "at the live border the client's own limit bounds a dial; simulation has a net of its own"
    ),
}
"""The reason by rule and path."""
