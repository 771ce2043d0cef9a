"""Lanes without a desk."""

from __future__ import annotations

from hive.execution.earnings import Earnings
from hive.execution.economy import ActionPace
from hive.execution.fair_queue import FairQueue


class Stock:
    """An address budget of so many."""

    def __init__(self, left: int, reserve: int = 0) -> None:
        self.left = left
        self.reserve = reserve


def empty_queue() -> FairQueue:
    """Lanes of an account whose actions are fresh."""
    stock = Stock(10_000)
    return FairQueue(Earnings(stock, ActionPace(stock, 0)))
