"""Whatever order the venue's words about an order arrive in, the end is the same."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.properties.order_stories import every_path, stories
from tests.properties.true_order import LOT, TrueOrder

EVENTS = 12
RANDOM_BY_TIER = {"default": 400, "full": 50_000, "soak": 1_000_000}


def wander(seed: int, events: int = EVENTS) -> TrueOrder:
    """Deeds and deliveries by chance, with at least so many words in all, if the order lives."""
    chance = Random(seed)
    order = TrueOrder(is_answered=chance.random() < 0.8)
    steps = 0
    while order.said < events and steps < 10 * events:
        steps += 1
        draw = chance.random()
        if order.words and draw < 0.5:
            order.deliver(chance.randrange(len(order.words)))
        elif draw < 0.65:
            _ask(order, chance)
        elif draw < 0.95:
            _happen(order, chance)
    while order.asked is not None or order.is_killing or order.words:
        if order.asked is not None:
            order.take_replace()
        elif order.is_killing:
            order.take_cancel()
        else:
            order.deliver(chance.randrange(len(order.words)))
    return order


def _ask(order: TrueOrder, chance: Random) -> None:
    if order.asked is None and order.may_ask:
        more = chance.choice((0, 0, 5, -2)) * LOT
        order.ask_replace(str(chance.randint(101, 120)), more)
    elif not order.is_killing and order.may_kill and chance.random() < 0.1:
        order.ask_cancel()


def _happen(order: TrueOrder, chance: Random) -> None:
    draw = chance.random()
    if order.asked is not None and draw < 0.4:
        is_answered = chance.random() < 0.8
        is_open_told = not is_answered or chance.random() < 0.8
        order.take_replace(is_answered=is_answered, is_open_told=is_open_told)
    elif order.is_killing and draw < 0.4:
        order.take_cancel(is_answered=chance.random() < 0.8)
    elif order.words and draw > 0.9:
        order.repeat()
    elif not order.is_over and draw > 0.87:
        order.cancel()
    elif not order.is_over:
        order.fill(chance.randint(1, 5) * LOT)


@pytest.mark.parametrize("words", [3, 4, pytest.param(6, marks=pytest.mark.full)])
def test_every_story_of_so_many_words_ends_in_the_truth_in_every_order_of_them(words: int) -> None:
    paths = 0
    for beginning, deeds in stories(words):
        for order in every_path(beginning, deeds):
            order.check()
            paths += 1
    assert paths > 3**words


def test_twelve_words_by_chance_end_in_the_truth(tier: str) -> None:
    for seed in range(RANDOM_BY_TIER[tier]):
        wander(seed).check()


@given(seed=st.integers(0, 2**32), events=st.integers(3, 60))
def test_any_number_of_words_ends_in_the_truth(seed: int, events: int) -> None:
    wander(seed, events).check()
