"""Turns and shares: in a flood of one account's questions the others are still heard."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from hive.connection.fair_line import LIGHT_SHARE, NOBODY, FairLine, Shares

CAP = 1_000
SPAN_MS = 60_000


class Asked(NamedTuple):
    account: str
    weight: int
    number: int = 0


def in_turn(*asked: Asked) -> list[Asked]:
    """The order in which they go if nothing else holds them."""
    line: FairLine[Asked] = FairLine()
    for one in asked:
        line.add(one)
    gone = []
    while line:
        gone.append(line.firsts()[0])
        line.take(gone[-1])
    return gone


def test_of_one_account_the_order_is_that_of_arrival() -> None:
    asked = [Asked("a", weight, number) for number, weight in enumerate((20, 2, 60, 2))]
    assert in_turn(*asked) == asked


def test_accounts_take_turns_by_weight() -> None:
    """One of twenty is worth ten of two."""
    asked = [Asked("heavy", 20, number) for number in range(3)]
    asked += [Asked("light", 2, number) for number in range(20)]
    gone = in_turn(*asked)
    assert [one.account for one in gone[:12]] == ["heavy", *["light"] * 10, "heavy"]


def test_who_comes_new_waits_for_one_of_each_other_account_at_most() -> None:
    line: FairLine[Asked] = FairLine()
    for number in range(100):
        for account in ("a", "b", "c"):
            line.add(Asked(account, 2, number))
    for _ in range(31):
        line.take(line.firsts()[0])
    line.add(Asked("new", 20))
    assert "new" in [one.account for one in line.firsts()[:4]]


def test_nobody_saves_turns_up() -> None:
    """Who was silent for long goes next, and then like all others."""
    line: FairLine[Asked] = FairLine()
    for number in range(100):
        line.add(Asked("busy", 2, number))
    for _ in range(50):
        line.take(line.firsts()[0])
    for number in range(10):
        line.add(Asked("late", 2, number))
    gone = []
    for _ in range(10):
        gone.append(line.firsts()[0])
        line.take(gone[-1])
    assert sum(one.account == "late" for one in gone) in (5, 6)


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(1, 60)), max_size=60))
def test_everybody_goes_once_and_accounts_keep_their_order(asked: list[tuple[str, int]]) -> None:
    """Whatever is asked."""
    requests = [Asked(account, weight, number) for number, (account, weight) in enumerate(asked)]
    gone = in_turn(*requests)
    assert sorted(gone, key=lambda one: one.number) == requests
    for account in "abcd":
        numbers = [one.number for one in gone if one.account == account]
        assert numbers == sorted(numbers)


def test_one_account_alone_may_have_everything() -> None:
    shares = Shares(CAP, SPAN_MS)
    shares.spend("a", CAP - 20, 0)
    assert shares.admits(Asked("a", 20), CAP - 20, 1)


def test_who_has_had_more_than_an_equal_share_leaves_a_part_to_the_others() -> None:
    shares = Shares(CAP, SPAN_MS)
    shares.spend("a", 560, 0)
    shares.spend("b", 20, 0)
    free = CAP * (1 - LIGHT_SHARE)
    assert shares.admits(Asked("a", 20), 580, 1), "what others leave is anybody's"
    shares.spend("a", 20, 1)
    assert not shares.admits(Asked("a", 2), int(free), 2)
    assert shares.admits(Asked("b", 20), 900, 2)
    assert shares.admits(Asked("c", 20), 900, 2), "who has had nothing yet"
    assert shares.admits(Asked(NOBODY, 20), 900, 2), "what concerns no account is held by no share"
    assert shares.admits(Asked("a", 2), 580, SPAN_MS + 2), "what was long ago is forgotten"


def test_accounts_with_the_same_needs_hold_each_other_up_in_nothing() -> None:
    """All start at once: the whole minute is theirs."""
    shares, used = Shares(CAP, SPAN_MS), 0
    for now_ms in range(5):
        for account in range(10):
            asked = Asked(f"account {account}", 20)
            assert shares.admits(asked, used, now_ms)
            shares.spend(asked.account, asked.weight, now_ms)
            used += asked.weight
    assert used == CAP
