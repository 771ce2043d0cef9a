"""What the documents for users name is there: modules, methods, commands, pages and headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from hive import Context
from hive.app.cli import app

ROOT = Path(__file__).parents[3]
PAGES = ("README.md", *(f"docs/{page.name}" for page in sorted((ROOT / "docs").glob("*.md"))))
DOTTED = re.compile(r"\bhive\.(?:[a-z_]+\.)+\w+")
CALLED = re.compile(r"\bctx\.(\w+)")
SAID = re.compile(r"(?:\./run|\bhive) ([a-z]+)\b")
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(#[^)]+)?\)")
OF_THE_SCRIPT = {"test", "check", "bench"}
"""Words that `./run` takes itself."""

pytestmark = pytest.mark.parametrize("page", PAGES)


def text(page: str) -> str:
    return (ROOT / page).read_text()


def test_modules_and_what_is_in_them_are_there(page: str) -> None:
    names = {name for name in DOTTED.findall(text(page)) if not name.endswith(".NAME")}
    assert [name for name in names if not _is_there(name)] == []


def _is_there(name: str) -> bool:
    module, rest = _imported(name.split("."))
    found: Any = module
    for part in rest:
        if not hasattr(found, part):
            return False
        found = getattr(found, part)
    return True


def _imported(parts: list[str]) -> tuple[Any, list[str]]:
    """As much of a dotted name as is a module, and the rest."""
    for length in range(len(parts), 0, -1):
        try:
            return import_module(".".join(parts[:length])), parts[length:]
        except ModuleNotFoundError:
            continue
    raise AssertionError(parts)


def test_what_is_called_on_the_context_is_its_own(page: str) -> None:
    assert [name for name in CALLED.findall(text(page)) if not hasattr(Context, name)] == []


def test_commands_are_there(page: str) -> None:
    group: Any = get_command(app)
    known = {*group.commands, *OF_THE_SCRIPT}
    assert set(_commands(text(page))) <= known


def _commands(text: str) -> Iterator[str]:
    """The words behind `hive` or `./run` in code, be it a block or a few words."""
    blocks = re.findall(r"^(?:    |\$ )(.*)$", text, re.MULTILINE)
    for code in [*blocks, *re.findall(r"`([^`\n]+)`", text)]:
        yield from SAID.findall(code)


def test_links_lead_somewhere(page: str) -> None:
    for target, anchor in LINK.findall(text(page)):
        path = ((ROOT / page).parent / target) if target else ROOT / page
        assert path.exists(), target
        if anchor:
            assert anchor in set(_anchors(path.read_text())), (target, anchor)


def _anchors(text: str) -> Iterator[str]:
    for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE):
        yield "#" + re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
