"""Every refusal is in the venue's words, provoked over the whole request path."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from tests.unit.localvenue.error_rows import Row
from tests.unit.localvenue.error_texts import PENDING, ROWS, UNREACHABLE
from tests.unit.localvenue.error_texts_orders import ORDER_ROWS
from tests.unit.localvenue.still_venue import Stage
from tests.unit.localvenue.wire_stage import WireStage

SOURCES = Path(__file__).parents[3] / "src" / "hive" / "localvenue"


def pattern(text: str) -> re.Pattern[str]:
    """`*` is an address or a number, ` …` anything to the end."""
    body, dots, _ = text.partition(" …")
    escaped = re.escape(body).replace(r"\*", r"\S+?")
    return re.compile(escaped + (".*" if dots else ""))


def told(answer: Any) -> str:
    """The one error in an answer."""
    if answer["status"] == "err":
        return str(answer["response"])
    response = answer["response"]
    data = response.get("data", {})
    (status,) = data["statuses"] if "statuses" in data else (data["status"],)
    return str(status["error"])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.text[:50])
def test_each_text_comes_word_for_word(row: Row) -> None:
    stage = Stage(**row.config)
    text = told(WireStage(stage).exchange(row.provoke(stage)))
    if row in ORDER_ROWS:
        text, _, asset = text.rpartition(" asset=")
        assert asset.isdecimal()
    assert pattern(row.text).fullmatch(text), text


@pytest.mark.parametrize("text", PENDING)
def test_what_is_pending_is_really_absent(text: str) -> None:
    """As soon as somebody adds the text, it needs a row that earns it. Numbers are filled in."""
    code = "".join(path.read_text() for path in SOURCES.rglob("*.py"))
    assert re.split(r"[0-9$]", text)[0] not in code


@pytest.mark.parametrize("text", UNREACHABLE)
def test_what_cannot_be_reached_has_no_row(text: str) -> None:
    assert not [row for row in ROWS if row.text == text]
