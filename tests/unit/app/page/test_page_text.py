"""The page's script and its markup fit each other and what the trading process sends.

No browser runs here: names are compared, and each table's heads with the cells of its rows.
"""

from __future__ import annotations

import re
from importlib.resources import files

import msgspec
import pytest

from hive.app.snapshot import (
    AccountRow,
    History,
    LogLine,
    PositionRow,
    RuntimeSnapshot,
    StrategyRow,
)

STATIC = files("hive.app.page") / "static"
HTML = (STATIC / "index.html").read_text()
SCRIPT = (STATIC / "page.js").read_text()
BODY_OF = re.compile(r"^function (\w+)\(.*?\) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
HEAD = re.compile(r"<th\b([^>]*)>")
FUNCTIONS = dict(BODY_OF.findall(SCRIPT))


def test_every_element_that_is_drawn_is_there() -> None:
    assert set(re.findall(r'byId\("([\w-]+)"\)', SCRIPT)) <= set(re.findall(r'id="([\w-]+)"', HTML))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("s", RuntimeSnapshot),
        ("a", AccountRow),
        ("r", StrategyRow),
        ("p", PositionRow),
        ("entry", LogLine),
        ("history", History),
    ],
)
def test_every_field_that_is_read_is_sent(name: str, kind: type[msgspec.Struct]) -> None:
    read = set(re.findall(rf"\b{name}\.([a-z][a-z_]+)\b", SCRIPT))
    assert read <= {*kind.__struct_fields__, "toString"}
    assert read


@pytest.mark.parametrize(
    ("table", "drawing"),
    [
        ("accounts", "drawAccounts"),
        ("strategies", "drawStrategies"),
        ("positions", "drawPositions"),
    ],
)
def test_each_head_stands_above_its_cells(table: str, drawing: str) -> None:
    """As many, those for numbers above numbers, and what a phone leaves out in both."""
    markup = HTML.split(f'<table id="{table}">')[1].split("</table>")[0]
    heads = [
        _classes(" ".join(re.findall(r' class="[^"]*"', head))) for head in HEAD.findall(markup)
    ]
    cells = [_classes(line) for line in re.findall(r"\bcell\(row, .*;", FUNCTIONS[drawing])]
    assert heads == cells


def _classes(text: str) -> set[str]:
    """Of `n` and `extra`, those that are among the classes in an attribute or in a call."""
    said = " ".join(re.findall(r'"([^"]*)"', text)).split()
    return {"n", "extra"} & set(said)


def test_columns_can_be_sorted_by_what_their_rows_have() -> None:
    assert set(re.findall(r'data-by="(\w+)"', HTML)) <= set(StrategyRow.__struct_fields__)
