"""What a socket is told travels framed, and what waits for slow readers is counted."""

from __future__ import annotations

import pytest

from hive.serving.outlets import SEND_BUFFER_BYTES_MAX, Outbox, Outlet, framed


class Pipe:
    """A transport whose reader takes nothing."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.is_over = False

    def write(self, data: bytes, /) -> None:
        self.writes.append(data)

    def is_closing(self) -> bool:
        return self.is_over

    def get_write_buffer_size(self) -> int:
        return 0 if self.is_over else sum(map(len, self.writes))

    def close(self) -> None:
        self.is_over = True

    def abort(self) -> None:
        self.is_over = True


@pytest.mark.parametrize(
    ("size", "head"),
    [
        (0, b"\x81\x00"),
        (125, b"\x81\x7d"),
        (126, b"\x81\x7e\x00\x7e"),
        (65_535, b"\x81\x7e\xff\xff"),
        (65_536, b"\x81\x7f" + (65_536).to_bytes(8, "big")),
    ],
)
def test_a_text_frame_has_the_shortest_head(size: int, head: bytes) -> None:
    payload = b"x" * size
    assert framed(payload) == head + payload


def test_frames_of_one_call_are_one_write() -> None:
    outbox, pipe = Outbox(), Pipe()
    outlet = Outlet(pipe, outbox)
    for frame in (b"a", b"b", b"c"):
        outlet.send(frame)
    assert outbox.take() == [outlet]
    assert outlet.flush()
    assert pipe.writes == [b"\x81\x01a\x81\x01b\x81\x01c"]


def test_a_reader_with_too_much_waiting_is_told_so() -> None:
    outlet = Outlet(Pipe(), Outbox())
    outlet.send(b"x" * SEND_BUFFER_BYTES_MAX)
    assert not outlet.flush()


def test_what_waits_for_all_readers_is_the_sum_of_what_waits_for_each() -> None:
    outbox = Outbox()
    pipes = [Pipe(), Pipe()]
    outlets = [Outlet(pipe, outbox) for pipe in pipes]
    for outlet in outlets:
        outlet.send(b"x" * 98)
        outlet.flush()
    assert outbox.buffered_bytes == 200
    pipes[0].writes.clear()
    assert outlets[0].measure() == 0
    assert outbox.buffered_bytes == 100
    outlets[1].drop()
    outlets[1].forget()
    assert outbox.buffered_bytes == 0


def test_a_torn_frame_ends_the_connection_after_what_was_queued() -> None:
    pipe = Pipe()
    outlet = Outlet(pipe, Outbox())
    outlet.send(b"ab")
    outlet.tear(b"cdef")
    assert pipe.writes == [b"\x81\x02ab\x81\x04c"]
    assert pipe.is_over
