"""What is worth reading, in one place: the page shows the newest, a file keeps all.

A sentence that repeats with the same details is told once and then counted, so that a storm of the
same alarm hides nothing (faults.md P07). Lines go to the log as JSON; private keys never reach here
because no part that speaks holds one.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import msgspec

from hive.app.snapshot import LogLine
from hive.runtime.ports import AppendFile, Clock

LINES_MAX: Final = 200
TEXT_LENGTH_MAX: Final = 300
DETAILS_LENGTH_MAX: Final = 300
REPEAT_WITHIN_MS: Final = 5_000
SENTENCES_MAX: Final = 1_000
DETAILED_MAX: Final = 20
"""So many lines have the same sentence with other details, within `REPEAT_WITHIN_MS`."""
STACK: Final = "stack"
"""Where an error was raised, a list of lines: for the file alone."""


class _Said:
    """A line, and how often it was said within a few seconds."""

    __slots__ = ("details", "kind", "number", "text", "times", "wall_ms")

    def __init__(self, number: int, wall_ms: int, kind: str, text: str, details: str) -> None:
        self.number = number
        self.wall_ms = wall_ms
        self.kind = kind
        self.text = text
        self.details = details
        self.times = 1

    def line(self) -> LogLine:
        return LogLine(
            number=self.number,
            wall_ms=self.wall_ms,
            kind=self.kind,
            text=self.text,
            details=self.details,
            times=self.times,
        )


class _Sentence:
    """What was said with it in the last few seconds, by details, and how much was left out."""

    __slots__ = ("began_ms", "left_out", "said")

    def __init__(self, began_ms: int, left_out: int) -> None:
        self.began_ms = began_ms
        self.left_out = left_out
        self.said: dict[str, _Said] = {}

    def same(self, details: str) -> _Said | None:
        """The line that tells this already; the last one, where there is room for no more."""
        if len(self.said) >= DETAILED_MAX and details not in self.said:
            return next(reversed(self.said.values()))
        return self.said.get(details)


class Notices:
    """Takes short sentences, remembers the newest, writes each cause once per few seconds."""

    def __init__(self, clock: Clock, file: AppendFile | None = None) -> None:
        self._clock = clock
        self._lines: deque[_Said] = deque(maxlen=LINES_MAX)
        self._sentences: dict[tuple[str, str], _Sentence] = {}
        self._file = file
        self._number = 0
        self.lost = 0
        """Lines the disk refused; trading does not stop for them."""

    def say(self, kind: str, text: str, /, **fields: object) -> None:
        """One line: a kind of one word, a sentence, and what else is known, by name."""
        now_ms = self._clock.now_ms()
        text, details = _one_line(text, TEXT_LENGTH_MAX), _details(fields)
        sentence = self._sentence((kind, text), now_ms)
        same = sentence.same(details)
        if same is not None:
            same.times += 1
            sentence.left_out += 1
            return
        self._number += 1
        said = _Said(self._number, now_ms, kind, text, details)
        sentence.said[details] = said
        self._lines.append(said)
        self._write(said, fields, sentence.left_out)
        sentence.left_out = 0

    def _sentence(self, words: tuple[str, str], now_ms: int) -> _Sentence:
        sentence = self._sentences.get(words)
        if sentence is not None and 0 <= now_ms - sentence.began_ms < REPEAT_WITHIN_MS:
            return sentence
        if sentence is None and len(self._sentences) >= SENTENCES_MAX:
            del self._sentences[next(iter(self._sentences))]
        left_out = 0 if sentence is None else sentence.left_out
        self._sentences[words] = sentence = _Sentence(now_ms, left_out)
        return sentence

    def newest(self, count: int) -> list[LogLine]:
        """The last lines, oldest first."""
        return [said.line() for said in list(self._lines)[-count:]]

    def _write(self, said: _Said, fields: dict[str, object], repeated: int) -> None:
        """Into the file, with how often the same was left out since it was last written."""
        if self._file is None:
            return
        line = {**fields, "wall_ms": said.wall_ms, "kind": said.kind, "text": said.text}
        if repeated:
            line["repeated"] = repeated
        try:
            self._file.append(msgspec.json.encode(line, enc_hook=str) + b"\n")
        except OSError:
            self.lost += 1


def _details(fields: dict[str, object]) -> str:
    """`coin=ETH reason=…`: what is said besides, as far as there is room."""
    said = " ".join(f"{name}={value}" for name, value in fields.items() if name != STACK)
    return _one_line(said, DETAILS_LENGTH_MAX)


def _one_line(text: str, length_max: int) -> str:
    """Without control characters: a coin's name must not be able to forge a line."""
    return "".join(c if c.isprintable() else "�" for c in text[:length_max])
