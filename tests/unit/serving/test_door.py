"""Who may stay connected, and for how long without a request."""

from __future__ import annotations

from hive.serving.door import Door


class Caller:
    """A connection that can be ended."""

    def __init__(self) -> None:
        self.is_aborted = False

    def abort(self) -> None:
        self.is_aborted = True


def door() -> Door:
    return Door(2, first_request_ms_max=100, next_request_ms_max=1_000)


def test_whoever_asks_nothing_in_time_is_shown_out() -> None:
    entrance, caller = door(), Caller()
    assert entrance.enter(caller, 0)
    entrance.show_out(99)
    assert not caller.is_aborted
    entrance.show_out(100)
    assert caller.is_aborted
    assert (len(entrance), entrance.shown_out) == (0, 1)


def test_time_stands_while_a_request_is_answered_and_then_runs_longer() -> None:
    entrance, caller = door(), Caller()
    entrance.enter(caller, 0)
    entrance.asks(caller)
    entrance.show_out(10**9)
    assert not caller.is_aborted
    entrance.answered(caller, 10**9)
    entrance.show_out(10**9 + 999)
    assert not caller.is_aborted
    entrance.show_out(10**9 + 1_000)
    assert caller.is_aborted


def test_a_full_house_takes_nobody_until_somebody_leaves() -> None:
    entrance, callers = door(), [Caller(), Caller(), Caller()]
    assert [entrance.enter(caller, 0) for caller in callers] == [True, True, False]
    assert entrance.turned_away == 1
    entrance.leave(callers[0])
    entrance.leave(callers[0])
    assert entrance.enter(callers[2], 0)


def test_who_was_never_inside_is_not_kept_account_of() -> None:
    entrance, stranger = door(), Caller()
    entrance.asks(stranger)
    entrance.answered(stranger, 0)
    entrance.answered(None, 0)
    entrance.leave(stranger)
    assert len(entrance) == 0
