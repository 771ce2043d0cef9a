"""What is wrong with a configuration: each fault with its place, all of them told at once.

A fault whose setting is known and comes with later work is told apart: it says `NotOffered`, and a
file with no other faults is refused by that name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

import msgspec

from hive.domain.errors import ConfigRefused, NotOffered, OperatorError

FAULTS_TOLD_MAX: Final = 50
SHOWN_LENGTH_MAX: Final = 40
NEAR_RATIO: Final = 0.6
"""How alike two names are of which one may have been meant; `venue` and `version` come to 0.5."""

# 256 bits in hex: a private key, wherever it stands. The prefix may be missing.
_SECRET: Final = re.compile(r"[0-9a-fA-F]{64}")


class Place(msgspec.Struct, frozen=True, order=True):
    """Where something stands: the file, and the line and column counted from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Fault(msgspec.Struct, frozen=True, order=True):
    """One thing that is wrong. `path` names the setting: `strategies[1].params.fast`."""

    place: Place
    path: str
    message: str
    is_later: bool = False

    def __str__(self) -> str:
        kind = "NotOffered yet: " if self.is_later else ""
        where = f"{self.place} {self.path}:" if self.path else str(self.place)
        return _printable(f"{where} {kind}{self.message}")


def refusal(faults: Iterable[Fault]) -> OperatorError:
    """The error that tells all of them, in the order of the file, each once."""
    told = sorted(set(faults))
    assert told
    lines = [str(fault) for fault in told[:FAULTS_TOLD_MAX]]
    if len(told) > FAULTS_TOLD_MAX:
        lines.append(f"... and {len(told) - FAULTS_TOLD_MAX} more")
    message = "\n".join(lines)
    if all(fault.is_later for fault in told):
        return NotOffered(message, hint="take these settings out; they come with later work")
    return ConfigRefused(message)


def _printable(text: str) -> str:
    """On one line and harmless to a terminal: keys and the texts of errors are anybody's."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def shown(text: str) -> str:
    """A value as it may appear in a message: short, and never a key."""
    if _SECRET.search(text):
        return "a value that looks like a private key"
    if len(text) > SHOWN_LENGTH_MAX:
        text = text[: SHOWN_LENGTH_MAX - 3] + "..."
    return repr(text)


def unknown(name: str, known: Iterable[str]) -> str:
    """What to say of a name that does not exist: the nearest right one, or all there are."""
    names = list(known)
    nearest = get_close_matches(name, names, n=1, cutoff=NEAR_RATIO)
    if nearest:
        return f'did you mean "{nearest[0]}"?'
    return f"known: {', '.join(names)}" if names else "there are none"


def inner(path: str, key: str) -> str:
    """The path of a key below `path`. What looks like a private key is not repeated."""
    name = "<hidden>" if _SECRET.search(key) else key[:SHOWN_LENGTH_MAX]
    return f"{path}.{name}" if path else name
