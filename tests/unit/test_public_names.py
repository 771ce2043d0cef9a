"""`import hive` offers what a strategy's author needs, and loads it only when it is used."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import hive

TREE = ast.parse(Path(hive.__file__).read_text(encoding="utf-8"))


def homes() -> dict[str, str]:
    """The table by which names are looked up, read from the file."""
    for node in TREE.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_HOME_BY_NAME":
            table: dict[str, str] = ast.literal_eval(node.value)
            return table
    raise AssertionError("the table is gone")


def names_for_checkers() -> dict[str, str]:
    """What type checkers are shown."""
    imports = [node for node in ast.walk(TREE) if isinstance(node, ast.ImportFrom)]
    return {
        alias.name: str(node.module)
        for node in imports
        for alias in node.names
        if str(node.module).startswith("hive.")
    }


def test_what_is_offered_is_what_is_found() -> None:
    assert sorted(hive.__all__) == list(hive.__all__)
    assert set(hive.__all__) == set(homes())


def test_type_checkers_see_the_same_names_in_the_same_homes() -> None:
    assert names_for_checkers() == homes()


@pytest.mark.parametrize("name", hive.__all__)
def test_each_name_is_the_thing_itself(name: str) -> None:
    assert getattr(hive, name) is getattr(import_module(homes()[name]), name)


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Botnet'"):
        _ = hive.Botnet


def test_importing_hive_loads_no_room() -> None:
    """Otherwise the floor would know the house: `hive.domain` imports `hive` first."""
    script = "import sys, hive; print(*[m for m in sys.modules if m.startswith('hive.')])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout.split() == []
