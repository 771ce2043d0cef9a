"""`venue`: the local venue as an exchange: orders through its core, signed actions, many readers.

`core_` figures are of the core alone, in orders and cancels a second of processor time, in the mix
that `venue_flow` tells. `_per_core_s` is what a venue with one core to itself does in a second, by
its process's own processor time; `_per_s` what it did beside everything else on this machine.
`books_` are five hundred subscribers of twenty books at the fast cadence, in percent of a core.
`scale_` are a minute of ten thousand accounts and all markets (`venue_scale`).
"""

from __future__ import annotations

import statistics
import timeit
from typing import Final

from benchmarks.measure import Figures, Yardstick
from benchmarks.venue_core import core_figures
from benchmarks.venue_scale import scale_figures
from benchmarks.venue_sockets import book_figures, signed_figures
from hive.hyperliquid.signing import Signer, recover_l1

RECOVERIES: Final = 300
ROUNDS: Final = 7
US_PER_S: Final = 1e6

YARDSTICKS: Final = {
    "core_orders_per_s": Yardstick(bar_min=20_000),
    "signed_per_core_s": Yardstick(bar_min=4_000),
    "signed_http_per_core_s": Yardstick(bar_min=4_000),
    "books_core_pct": Yardstick(bar_max=60),
    "scale_block_p99_us": Yardstick(bar_max=70_000),
}


def run() -> Figures:
    """How much the local venue carries."""
    scale = scale_figures()  # first: its memory is this whole process's
    return {
        **core_figures(),
        "recover_us": _recover_us(),
        **signed_figures(),
        **book_figures(),
        **scale,
    }


def _recover_us() -> float:
    """From a signature to its signer: the part of a signed action that nothing can save."""
    action = {"type": "noop"}
    signature = Signer("11" * 32).sign_l1(action, 1, is_mainnet=False)

    def recovered() -> object:
        return recover_l1(action, 1, signature, is_mainnet=False)

    rounds = timeit.repeat(recovered, number=RECOVERIES, repeat=ROUNDS)
    return statistics.median(rounds) / RECOVERIES * US_PER_S
