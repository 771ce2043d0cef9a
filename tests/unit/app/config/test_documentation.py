"""The page about the configuration names every setting there is, and bounds as they are."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hive.app.config import sections
from hive.app.config.later import later
from hive.app.config.tree import parse_tree
from hive.app.config.whole import read_config
from hive.domain.errors import ConfigRefused

FIXED = "Limits that no setting changes"
PAGE = (Path(__file__).parents[4] / "docs" / "configuration.md").read_text()
SECTIONS = [
    value
    for value in vars(sections).values()
    if isinstance(value, type) and value.__module__ == sections.__name__
]


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.__name__)
def test_every_setting_is_on_the_page(section: type[msgspec.Struct]) -> None:
    fields = msgspec.structs.fields(section)
    assert fields
    assert [field.name for field in fields if f"`{field.name}`" not in PAGE] == []


def test_every_setting_on_the_page_exists() -> None:
    known = {field.name for section in SECTIONS for field in msgspec.structs.fields(section)}
    settings = PAGE.partition(FIXED)[0]
    rows = re.findall(r"^\| (?:\*\*)?`(\w+)`", settings, re.MULTILINE)
    assert len(rows) > 30
    assert [name for name in rows if name not in known] == []


@pytest.mark.parametrize(
    ("name", "value"),
    re.findall(r"^\| `([\w.]+)` \| ([\d_]+) \|", PAGE.partition(FIXED)[2], re.MULTILINE),
)
def test_bounds_that_are_fixed_are_told_as_they_are(name: str, value: str) -> None:
    assert bound(name) == int(value)


def bound(name: str) -> Any:
    """What a name below `hive` stands for: a constant, or a field's default."""
    home, _, last = name.rpartition(".")
    room, _, owner = home.rpartition(".")
    if not owner[0].isupper():
        return getattr(import_module(f"hive.{home}"), last)
    kind = getattr(import_module(f"hive.{room}"), owner)
    (default,) = (each.default for each in msgspec.structs.fields(kind) if each.name == last)
    return default


def test_the_pages_example_is_well_formed() -> None:
    """All that can be wrong with it here is that its strategies are not looked up."""
    example = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0]

    def nowhere(use: str) -> type:
        raise ConfigRefused(f"asked for {use}")

    with pytest.raises(ConfigRefused) as caught:
        read_config(example, "f", nowhere)
    told = str(caught.value).splitlines()
    assert [line.rpartition(" ")[2] for line in told] == ["hive.strategies.maker", "./mine.py:Mine"]


def test_settings_of_later_work_are_none_that_are_read() -> None:
    node = parse_tree("x", "f")
    assert node is not None
    for section, kind in (("runtime", sections.RuntimeSettings), ("risk", sections.RiskSettings)):
        for field in msgspec.structs.fields(kind):
            assert later(f"{section}.{field.name}", node) is None
