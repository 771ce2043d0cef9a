"""Chance: repeatable from a seed, independent between forks."""

from __future__ import annotations

import pytest

from hive.runtime.ports import Rng
from hive.runtime.rng import SeededRng, SystemRng


@pytest.mark.parametrize("rng", [SystemRng(), SeededRng(7)])
def test_numbers_and_tokens_have_their_shape(rng: Rng) -> None:
    assert all(0.0 <= rng.uniform() < 1.0 for _ in range(200))
    assert [len(rng.token(size)) for size in (0, 1, 16, 33)] == [0, 1, 16, 33]


def test_the_same_seed_gives_the_same_numbers_in_every_process() -> None:
    rng = SeededRng(42)
    assert rng.uniform() == 0.6394267984578837
    assert rng.token(4).hex() == "d11a6706"


def test_the_system_repeats_nothing() -> None:
    assert SystemRng().token(16) != SystemRng().token(16)


def test_a_fork_does_not_depend_on_what_was_drawn_before() -> None:
    fresh, used = SeededRng(42), SeededRng(42)
    used.token(100)
    assert fresh.fork("network").token(8) == used.fork("network").token(8)


def test_forks_of_other_names_and_seeds_differ() -> None:
    tokens = {
        SeededRng(seed).fork(name).token(8) for seed in (1, 2) for name in ("network", "disk")
    }
    assert len(tokens) == 4
