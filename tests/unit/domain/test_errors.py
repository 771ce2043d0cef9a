"""The error tree: drawn as it is, grouped by who has to act, and readable by a person."""

from __future__ import annotations

import inspect
import re

import pytest

from hive.domain import errors
from hive.domain.errors import (
    Damaged,
    HiveError,
    IllegalOrder,
    LimitReached,
    LinkError,
    NotSent,
    Unanswered,
    VenueError,
)

GROUPS = {"OperatorError", "CallerError", "VenueError", "LinkError"}


def drawn_tree() -> list[tuple[str, str]]:
    """(group, error) of each line of the docstring's picture."""
    found: list[tuple[str, str]] = []
    group = "HiveError"
    for line in str(errors.__doc__).splitlines():
        branch = re.match(r"\s*(│?\s*)[├└]── (\w+)", line)
        if branch is None:
            continue
        if branch[2] in GROUPS:
            group = branch[2]
            found.append(("HiveError", group))
        else:
            found.append((group, branch[2]))
    return found


def real_tree() -> list[tuple[str, str]]:
    """(parent, error) of each class, in the order of the file."""
    classes = [kind for _, kind in inspect.getmembers(errors, inspect.isclass)]
    own = [kind for kind in classes if kind.__module__ == errors.__name__]
    own.sort(key=lambda kind: inspect.getsourcelines(kind)[1])
    return [(kind.__bases__[0].__name__, kind.__name__) for kind in own if kind is not HiveError]


def test_the_picture_is_the_tree() -> None:
    assert drawn_tree() == real_tree()


def test_every_error_says_what_it_stands_for() -> None:
    for _, name in real_tree():
        assert getattr(errors, name).__doc__, name


def test_a_hint_is_kept_beside_the_message() -> None:
    told = HiveError("the port is taken", hint="close the other one")
    assert (str(told), told.hint) == ("the port is taken", "close the other one")
    assert HiveError("no").hint == ""


def test_damage_says_where() -> None:
    told = Damaged("journal", 4_096, "the sum is wrong", hint="restore it")
    assert str(told) == "journal at byte 4096: the sum is wrong"
    assert (told.path, told.offset, told.hint) == ("journal", 4_096, "restore it")


def test_rules_and_limits_are_named_first_so_that_reasons_can_be_counted() -> None:
    assert str(IllegalOrder("tick", "1.5 is not on it")) == "tick: 1.5 is not on it"
    assert IllegalOrder("tick", "").rule == "tick"
    assert str(LimitReached("watches_max", "2 are open")) == "watches_max: 2 are open"
    assert LimitReached("watches_max", "").limit == "watches_max"


@pytest.mark.parametrize("kind", [NotSent, Unanswered])
def test_no_answer_is_never_taken_for_the_venues_no(kind: type[LinkError]) -> None:
    """Whoever catches a refusal by the venue must not catch a lost answer with it."""
    assert not issubclass(kind, VenueError)
    assert not issubclass(NotSent, Unanswered)
    assert not issubclass(Unanswered, NotSent)
