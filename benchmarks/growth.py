"""`growth`: what the trading side keeps of the messages that pass it, an hour long.

Twenty accounts, eight streamed and twelve polled as the venue's limits have it, about five hundred
orders and replaces a minute: takes, resting orders that are moved and cancelled, brackets, quotes,
TWAPs. One runtime, as `hive run` builds it, in virtual time, with real files; the venue lives in a
process of its own and shares that time over a pipe, so that what it keeps is not counted. Nothing
is accelerated but the clock: every message is encoded, signed, decoded, journaled and told.

Memories with a bound fill up first. The bounds of orders, fills and TWAPs are a tenth of the usual
or less here (`growth_trading.MEMORY`), and are filled by many orders in a few minutes; the page's
hour of history is filled at once, and forty minutes of ordinary trading fill the rest. Only then
are samples taken, one a virtual minute. Megabytes are 10⁶ bytes; the slope is that of a straight
line through all samples (least squares). Messages are frames, requests and answers, both ways.

A process that was larger once, as after a surge of orders, can keep more for a while without being
larger. So beside what is resident stands what is in use: allocated and not freed.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import linear_regression
from typing import Final

import msgspec

from benchmarks.contenders import Process
from benchmarks.growth_trading import Sample
from benchmarks.measure import Figures, Yardstick

MILLION: Final = 1e6

YARDSTICKS: Final = {
    "rss_mb_per_million_messages": Yardstick(bar_max=1),
    "in_use_mb_per_million_messages": Yardstick(bar_max=1),
    "orders_per_minute": Yardstick(bar_min=500),
}


def run() -> Figures:
    """Growth by message, after the warm-up."""
    trader = Process("growth", "-m", "benchmarks.growth_process")
    try:
        samples = msgspec.json.decode(trader.line(), type=list[Sample])
    finally:
        trader.stop()
    first, last = samples[0], samples[-1]
    messages, minutes = last.messages - first.messages, last.minute - first.minute
    return {
        "rss_mb_per_million_messages": _slope(samples, [each.rss_mb for each in samples]),
        "in_use_mb_per_million_messages": _slope(samples, [each.in_use_mb for each in samples]),
        "rss_mb": last.rss_mb,
        "in_use_mb": last.in_use_mb,
        "messages": messages,
        "orders_per_minute": (last.orders - first.orders) / minutes,
        "minutes": minutes,
    }


def _slope(samples: Sequence[Sample], values: Sequence[float]) -> float:
    """How much a value grows with a million messages."""
    messages = [each.messages / MILLION for each in samples]
    return linear_regression(messages, values).slope
