"""Posts in flight: taken, given back, refused beyond the bound, and counted."""

from __future__ import annotations

from hive.serving.port import PostCounts
from hive.serving.post_slots import ANSWER_MS_MAX, PostSlots

IP, OTHER = "1.1.1.1", "2.2.2.2"


def test_an_ip_has_so_many_posts_in_flight_over_its_sockets() -> None:
    slots = PostSlots(2)
    first = slots.take(IP, 1, 0)
    assert first is not None
    assert slots.take(IP, 2, 0) is not None
    assert slots.take(IP, 1, 0) is None
    assert slots.take(OTHER, 3, 0) is not None
    assert slots.counts() == PostCounts(in_flight=3, peak=2, refused=1)
    slots.give_back(IP, first)
    slots.give_back(IP, first)
    assert slots.counts().in_flight == 2
    assert slots.take(IP, 1, 0) is not None


def test_a_post_without_an_answer_counts_for_a_while_only() -> None:
    slots = PostSlots(1)
    assert slots.take(IP, 1, 0) is not None
    assert slots.take(IP, 1, ANSWER_MS_MAX - 1) is None
    assert slots.take(IP, 1, ANSWER_MS_MAX) is not None


def test_a_socket_that_is_gone_gives_all_of_its_slots_back() -> None:
    slots = PostSlots(2)
    slots.take(IP, 1, 0)
    slots.take(IP, 2, 0)
    slots.release(IP, 1)
    assert slots.counts().in_flight == 1
