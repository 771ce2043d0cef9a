"""The bus calls every handler in order, whatever the others do; mailboxes are bounded and count."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive.domain.errors import LimitReached
from hive.runtime.bus import (
    HANDLERS_PER_TOPIC_MAX,
    Bus,
    Mailbox,
    MailboxClosed,
    MailboxPolicy,
    Registration,
)


class Failures:
    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    def __call__(self, topic: str, error: Exception) -> None:
        self.seen.append((topic, str(error)))


@pytest.fixture
def failures() -> Failures:
    return Failures()


@pytest.fixture
def bus(failures: Failures) -> Bus:
    return Bus(failures)


def marking(heard: list[str], name: str) -> Callable[[object], None]:
    return lambda value: heard.append(f"{name}{value}")


def test_handlers_are_called_in_the_order_they_came(bus: Bus) -> None:
    heard: list[str] = []
    for name in "abc":
        bus.subscribe("fills", marking(heard, name))
    bus.publish("fills", 1)
    assert heard == ["a1", "b1", "c1"]


def test_topics_do_not_hear_each_other(bus: Bus) -> None:
    heard: list[str] = []
    bus.subscribe("fills", marking(heard, "a"))
    bus.publish("orders", 1)
    assert heard == []


def test_one_handler_may_be_subscribed_twice_and_leave_once(bus: Bus) -> None:
    heard: list[str] = []
    handler = marking(heard, "a")
    first = bus.subscribe("fills", handler)
    bus.subscribe("fills", handler)
    first.cancel()
    first.cancel()
    bus.publish("fills", 1)
    assert heard == ["a1"]


def test_a_handler_that_raises_is_reported_and_the_rest_still_hear(
    bus: Bus, failures: Failures
) -> None:
    heard: list[str] = []

    def broken(value: object) -> None:
        raise ValueError(f"no {value}")

    bus.subscribe("fills", broken)
    bus.subscribe("fills", marking(heard, "b"))
    bus.publish("fills", 1)
    bus.publish("fills", 2)
    assert heard == ["b1", "b2"]
    assert failures.seen == [("fills", "no 1"), ("fills", "no 2")]
    assert bus.snapshot().errors == 2


def test_a_handler_canceled_by_an_earlier_one_is_not_called_any_more(bus: Bus) -> None:
    heard: list[str] = []
    registrations: list[Registration] = []
    bus.subscribe("fills", lambda _: registrations[0].cancel())
    registrations.append(bus.subscribe("fills", marking(heard, "late")))
    bus.publish("fills", 1)
    bus.publish("fills", 2)
    assert heard == []
    assert bus.snapshot().handlers == 1


def test_a_handler_may_cancel_itself_without_skipping_the_next(bus: Bus) -> None:
    heard: list[str] = []
    once: list[Registration] = []

    def first(value: object) -> None:
        heard.append(f"first{value}")
        once[0].cancel()

    once.append(bus.subscribe("fills", first))
    bus.subscribe("fills", marking(heard, "second"))
    bus.publish("fills", 1)
    bus.publish("fills", 2)
    assert heard == ["first1", "second1", "second2"]


def test_who_comes_during_a_publish_hears_the_next_value(bus: Bus) -> None:
    heard: list[str] = []

    def invite(value: object) -> None:
        bus.subscribe("fills", marking(heard, f"{value}:"))

    bus.subscribe("fills", invite)
    bus.publish("fills", 1)
    assert heard == []
    bus.publish("fills", 2)
    assert heard == ["1:2"]


def test_who_comes_and_goes_within_one_publish_hears_nothing(bus: Bus) -> None:
    heard: list[str] = []
    bus.subscribe("fills", lambda _: bus.subscribe("fills", marking(heard, "x")).cancel())
    bus.publish("fills", 1)
    bus.publish("fills", 2)
    assert heard == []
    assert bus.snapshot().handlers == 1


def test_publishing_within_a_handler_goes_all_the_way_first(bus: Bus) -> None:
    heard: list[str] = []

    def nested(value: object) -> None:
        heard.append(f"n{value}")
        if value == 1:
            bus.publish("fills", 2)

    bus.subscribe("fills", nested)
    bus.subscribe("fills", marking(heard, "m"))
    bus.publish("fills", 1)
    assert heard == ["n1", "n2", "m2", "m1"]


def test_a_topic_is_bounded(bus: Bus) -> None:
    for _ in range(HANDLERS_PER_TOPIC_MAX):
        bus.subscribe("fills", lambda _: None)
    with pytest.raises(LimitReached, match="handlers_per_topic_max"):
        bus.subscribe("fills", lambda _: None)


@given(st.lists(st.tuples(st.sampled_from(["join", "leave", "publish"]), st.integers(0, 9))))
def test_any_order_of_coming_and_going_calls_exactly_who_is_there(
    steps: list[tuple[str, int]],
) -> None:
    """Also when the coming and going happens inside a handler."""
    bus = Bus(lambda _topic, error: pytest.fail(str(error)))
    here: dict[int, Registration] = {}
    heard: list[int] = []
    pending: list[tuple[str, int]] = []

    def act(_: object) -> None:
        for verb, who in pending:
            change(verb, who)
        pending.clear()

    def change(verb: str, who: int) -> None:
        if verb == "join" and who not in here:
            here[who] = bus.subscribe("t", lambda _, who=who: heard.append(who))  # type: ignore[misc]  # lambda default
        elif verb == "leave" and who in here:
            here.pop(who).cancel()

    bus.subscribe("t", act)
    for verb, who in steps:
        if verb != "publish":
            pending.append((verb, who))
            continue
        before = dict(here)
        heard.clear()
        bus.publish("t", None)
        assert heard == [who for who, its in before.items() if here.get(who) is its]
        heard.clear()
        bus.publish("t", None)
        assert heard == list(here)
    act(None)
    assert bus.snapshot().handlers == len(here) + 1


def test_drop_oldest_keeps_the_newest_and_counts() -> None:
    box: Mailbox[int] = Mailbox(2)
    assert [box.put(value) for value in (1, 2, 3)] == [True, True, True]
    assert box.drain() == [2, 3]
    counts = box.snapshot()
    assert (counts.received, counts.dropped, counts.delivered, counts.waiting) == (3, 1, 2, 0)


def test_refuse_says_so_and_loses_nothing_it_took() -> None:
    box: Mailbox[int] = Mailbox(2, MailboxPolicy.REFUSE)
    assert [box.put(value) for value in (1, 2, 3)] == [True, True, False]
    assert box.drain() == [1, 2]
    assert box.snapshot().refused == 1


def test_conflate_keeps_the_latest_of_each_key_in_its_place() -> None:
    box: Mailbox[tuple[str, int]] = Mailbox(2, MailboxPolicy.CONFLATE, key=lambda pair: pair[0])
    for pair in (("BTC", 1), ("ETH", 1), ("BTC", 2)):
        box.put(pair)
    assert box.drain() == [("BTC", 2), ("ETH", 1)]
    assert box.snapshot().conflated == 1


def test_conflate_without_a_key_keeps_only_the_latest() -> None:
    box: Mailbox[int] = Mailbox(4, MailboxPolicy.CONFLATE)
    for value in range(10):
        box.put(value)
    assert box.drain() == [9]


def test_conflate_is_bounded_in_keys() -> None:
    box: Mailbox[int] = Mailbox(3, MailboxPolicy.CONFLATE, key=lambda value: value)
    for value in range(5):
        box.put(value)
    assert box.drain() == [2, 3, 4]
    assert box.snapshot().dropped == 2


def test_get_waits_for_a_value() -> None:
    async def scene() -> int:
        box: Mailbox[int] = Mailbox(1)
        asyncio.get_running_loop().call_soon(box.put, 7)
        return await box.get()

    assert asyncio.run(scene()) == 7


def test_a_canceled_reader_leaves_the_mailbox_usable() -> None:
    async def scene() -> int:
        box: Mailbox[int] = Mailbox(1)
        reader = asyncio.ensure_future(box.get())
        await asyncio.sleep(0)
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
        box.put(3)
        return await box.get()

    assert asyncio.run(scene()) == 3


def test_a_closed_mailbox_gives_what_it_holds_and_then_says_so() -> None:
    async def scene() -> list[int]:
        box: Mailbox[int] = Mailbox(4)
        box.put(1)
        box.close()
        assert not box.put(2)
        heard = [await box.get()]
        with pytest.raises(MailboxClosed):
            await box.get()
        return heard

    assert asyncio.run(scene()) == [1]


def test_closing_wakes_a_waiting_reader() -> None:
    async def scene() -> None:
        box: Mailbox[int] = Mailbox(4)
        asyncio.get_running_loop().call_soon(box.close)
        with pytest.raises(MailboxClosed):
            await box.get()

    asyncio.run(scene())


@given(
    st.sampled_from(MailboxPolicy),
    st.integers(1, 4),
    st.lists(st.one_of(st.integers(0, 5), st.none()), max_size=60),
)
def test_every_value_is_accounted_for(
    policy: MailboxPolicy, capacity: int, steps: list[int | None]
) -> None:
    """received = delivered + conflated + dropped + waiting, under every policy."""
    box: Mailbox[int] = Mailbox(capacity, policy, key=lambda value: value)
    for step in steps:
        if step is None:
            box.drain()
        else:
            box.put(step)
        counts = box.snapshot()
        settled = counts.delivered + counts.conflated + counts.dropped
        assert counts.received == settled + counts.waiting
        assert counts.waiting <= capacity
