"""Whom a clock of a stream tells when it strikes, and which streams are held."""

from __future__ import annotations

from typing import Any

from hive.localvenue.answers.held_streams import HeldStreams, kind_of, topic_of
from hive.localvenue.answers.stream_forms import ByClock
from hive.localvenue.answers.stream_turns import ClockTurn
from hive.localvenue.clearing.news import News

FAST = {"type": "book", "coin": "BTC", "fast": True}
SLOW = {"type": "book", "coin": "BTC", "fast": False}
OTHER = {"type": "book", "coin": "ETH", "fast": False}


def held(*forms: dict[str, Any]) -> HeldStreams:
    streams = HeldStreams()
    for number, form in enumerate(forms):
        streams.add(form, f"key {number}")
    return streams


def payload(form: dict[str, Any], _now_ms: int) -> object:
    return form


def changed(news: News) -> list[str]:
    return list(news.coins)


def told(turn: ClockTurn, streams: HeldStreams) -> list[dict[str, Any]]:
    return [form for _, form in turn.take(streams)]


def test_a_clock_without_changes_tells_everybody_it_is_for() -> None:
    streams = held(FAST, SLOW, OTHER)
    turn = ClockTurn("book", ByClock(every_ms=1, payload=payload, of=lambda form: form["fast"]))
    assert told(turn, streams) == [FAST]


def test_a_clock_of_changes_tells_those_that_changed_since_once() -> None:
    streams = held(SLOW, OTHER)
    turn = ClockTurn("book", ByClock(every_ms=1, payload=payload, changed=changed))
    assert told(turn, streams) == []
    turn.note(["ETH", "SOL"], streams)
    turn.note(["ETH"], streams)
    assert told(turn, streams) == [OTHER]
    assert told(turn, streams) == []


def test_every_so_many_turns_everybody_is_told() -> None:
    streams = held(SLOW)
    clock = ByClock(every_ms=1, payload=payload, changed=changed, settled_turns=3)
    turn = ClockTurn("book", clock)
    assert [bool(told(turn, streams)) for _ in range(7)] == [False, False, True] * 2 + [False]


def test_everybody_is_told_in_shares_a_turn_at_a_time() -> None:
    coins = [{"type": "book", "coin": name} for name in "abcdef"]
    streams = held(*coins)
    clock = ByClock(every_ms=1, payload=payload, changed=changed, settled_turns=3)
    turn = ClockTurn("book", clock)
    shares = [[form["coin"] for form in told(turn, streams)] for _ in range(3)]
    assert [len(share) for share in shares] == [2, 2, 2]
    assert sorted(coin for share in shares for coin in share) == list("abcdef")


def test_so_many_changes_are_told_at_a_turn_and_the_oldest_first() -> None:
    streams = held(*({"type": "book", "coin": name} for name in "abcde"))
    turn = ClockTurn("book", ByClock(every_ms=1, payload=payload, changed=changed), told_max=2)
    turn.note(["d", "a", "c"], streams)
    assert [form["coin"] for form in told(turn, streams)] == ["d", "a"]
    turn.note(["d", "b"], streams)
    assert [form["coin"] for form in told(turn, streams)] == ["c", "d"]
    assert [form["coin"] for form in told(turn, streams)] == ["b"]
    assert told(turn, streams) == []


def test_a_share_is_no_larger_than_what_is_told_at_a_turn() -> None:
    streams = held(*({"type": "book", "coin": name} for name in "abcdefgh"))
    clock = ByClock(every_ms=1, payload=payload, changed=changed, settled_turns=2)
    turn = ClockTurn("book", clock, told_max=2)
    shares = [[form["coin"] for form in told(turn, streams)] for _ in range(4)]
    assert [len(share) for share in shares] == [2, 2, 2, 2]
    assert sorted(coin for share in shares for coin in share) == list("abcdefgh")


def test_changes_of_what_nobody_holds_are_not_kept() -> None:
    streams = held()
    turn = ClockTurn("book", ByClock(every_ms=1, payload=payload, changed=changed))
    turn.note(["BTC"], streams)
    streams.add(SLOW, "key")
    assert told(turn, streams) == []


def test_a_stream_is_held_until_its_last_holder_lets_go() -> None:
    streams = held(SLOW)
    streams.add(SLOW, "key 0")
    streams.drop("key 0")
    assert streams.of_type("book") == {"BTC": {"key 0": SLOW}}
    streams.drop("key 0")
    assert streams.of_type("book") == {}


def test_a_stream_is_about_its_user_before_its_coin() -> None:
    assert topic_of({"type": "activeAssetData", "user": "0x1", "coin": "BTC"}) == "0x1"
    assert topic_of({"type": "allMids", "dex": ""}) == ""
    assert kind_of({"type": "user", "user": "0x1"}) == "userEvents"
