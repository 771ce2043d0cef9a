"""No case can be lost: each has a test that bears its number, each probe one with its letter."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path
from string import ascii_lowercase
from typing import Final

CASES: Final = range(1, 93)
PROBES: Final = ascii_lowercase[:13]
CASE: Final = re.compile(r"test_ds_(\d\d)_\w")
PROBE: Final = re.compile(r"test_probe_([a-z])_\w")


def names() -> list[str]:
    """Every test of this folder that is collected."""
    found: list[str] = []
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        tree = ast.parse(path.read_text())
        found += [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    return [name for name in found if name.startswith("test_")]


def test_every_case_has_its_test() -> None:
    tested = {int(match[1]) for name in names() if (match := CASE.match(name))}
    assert sorted(tested) == list(CASES)


def test_every_probe_has_its_test() -> None:
    tested = {match[1] for name in names() if (match := PROBE.match(name))}
    assert sorted(tested) == list(PROBES)


def test_no_test_hides_another_of_the_same_name() -> None:
    assert [name for name, times in Counter(names()).items() if times > 1] == []
