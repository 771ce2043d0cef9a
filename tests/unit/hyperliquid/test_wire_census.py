"""Unknown fields are counted, in a sample of the frames."""

from __future__ import annotations

from hive.hyperliquid.codec import decode_push
from hive.hyperliquid.wire_census import (
    PATH_LENGTH_MAX,
    SAMPLE_FIRST,
    UNKNOWN_FIELDS_MAX,
    UNREADABLE,
    FieldCensus,
)

BBO = b'{"channel":"bbo","data":{"coin":"BTC","time":5,"new":{"a":1},"bbo":[%b,null]}}' % (
    b'{"px":"1.0","sz":"1.0","n":1,"flag":true}'
)
UPDATE = b'{"channel":"orderUpdates","data":[{"order":%b,"status":"open","statusTimestamp":1}]}' % (
    b'{"coin":"BTC","side":"B","limitPx":"1.0","sz":"1.0","oid":1,"timestamp":1,"origSz":"1.0","new":1}'
)
ERROR = b'{"channel":"error","data":"no"}'


def saw(census: FieldCensus, frame: bytes, times: int = 1) -> None:
    for _ in range(times):
        census.saw(decode_push(frame), frame)


def test_fields_are_named_by_their_path() -> None:
    """A part that is unknown is not entered."""
    census = FieldCensus()
    saw(census, BBO)
    saw(census, UPDATE, times=2)
    assert census.count_by_field == {
        "bbo.data.new": 1,
        "bbo.data.bbo[].flag": 1,
        "orderUpdates.data[].order.new": 2,
    }


def test_frames_are_sampled_by_their_kind_and_private_ones_more_often() -> None:
    """The first few of a kind, then one in `every` or in `every_private`."""
    census = FieldCensus(every=10, every_private=5)
    saw(census, BBO, times=SAMPLE_FIRST + 20)
    assert census.count_by_field["bbo.data.new"] == SAMPLE_FIRST + 2
    saw(census, UPDATE, times=SAMPLE_FIRST + 20)
    assert census.count_by_field["orderUpdates.data[].order.new"] == SAMPLE_FIRST + 4
    assert census.looked_at == 2 * SAMPLE_FIRST + 6


def test_unknown_channels_are_counted_by_name() -> None:
    census = FieldCensus()
    saw(census, b'{"channel":"newThing","data":[]}', times=2)
    assert census.count_by_field == {"newThing": 2}


def test_a_known_frame_leaves_nothing() -> None:
    census = FieldCensus()
    saw(census, ERROR)
    saw(census, b'{"channel":"post","data":{"id":1,"response":{"type":"error","payload":"x"}}}')
    saw(census, b'{"channel":"pong"}')
    assert census.count_by_field == {}
    assert census.looked_at == 3


def test_an_unknown_field_of_one_kind_of_reply() -> None:
    """Of several shapes the one that was decoded is compared with."""
    census = FieldCensus()
    reply = b'{"channel":"post","data":{"id":1,"response":{"type":"error","payload":"x","hint":1}}}'
    saw(census, reply)
    assert census.count_by_field == {"post.data.response.hint": 1}


def test_a_venue_that_invents_fields_cannot_fill_the_memory() -> None:
    census = FieldCensus(every_private=1)
    for number in range(UNKNOWN_FIELDS_MAX + 50):
        saw(census, b'{"channel":"error","data":"","x%d%b":1}' % (number, b"y" * 500))
    assert len(census.count_by_field) == UNKNOWN_FIELDS_MAX + 1
    assert census.count_by_field["other"] == 50
    assert max(map(len, census.count_by_field)) == PATH_LENGTH_MAX


def test_what_was_skipped_may_be_damaged() -> None:
    """Decoding does not look into unknown parts; here they show."""
    census = FieldCensus()
    saw(census, b'{"channel":"pong","new":"\xff"}')
    census.look_at(b"[" * 100_000)
    assert census.count_by_field == {UNREADABLE: 2}
