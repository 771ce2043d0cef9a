"""Lanes without a desk."""

from __future__ import annotations

from hive.execution.queue.earnings import Earnings
from hive.execution.queue.economy import ActionPace
from hive.execution.queue.fair_queue import FairQueue


class Stock:
    """An address budget of so many."""

    def __init__(self, left: int, reserve: int = 0) -> None:
        self.left = left
        self.reserve = reserve


def empty_queue() -> FairQueue:
    """Lanes of an account whose actions are fresh."""
    stock = Stock(10_000)
    return FairQueue(Earnings(stock, ActionPace(stock, 0), kept={}, keep=lambda _: None))
