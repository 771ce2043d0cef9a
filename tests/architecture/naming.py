"""What things may be called, and what a file must say of itself."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from pathlib import PurePosixPath

from tests.architecture.rule import Faults, Rule
from tests.architecture.sources import Source

# Names of folders and files that say nothing; the second set says nothing as a part either.
GRAB_BAGS = {"base", "common", "general", "lib", "shared", "stuff", "tools"}
EMPTY_WORDS = {"helper", "helpers", "manager", "misc", "util", "utilities", "utils"}
EMPTY_SUFFIXES = (
    "Manager",
    "Handler",
    "Processor",
    "Service",
    "Data",
    "Base",
    "Mixin",
    "Impl",
    "Helper",
    "Helpers",
    "Util",
    "Utils",
)

# An excuse is a code in brackets or after a colon, and then the reason in words.
EXCUSE = re.compile(r"#\s*(type:\s*ignore|noqa)\b(\[[\w, -]+\]|:\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*)?")
REASON_LETTERS_MIN = 6


def grab_bags(source: Source) -> Faults:
    for part in PurePosixPath(source.path).with_suffix("").parts:
        if part.strip("_") in GRAB_BAGS or EMPTY_WORDS & set(part.split("_")):
            yield 1, f"{part} does not say what is inside"


def empty_names(source: Source) -> Faults:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef):
            bare = node.name.lstrip("_")
            if bare.endswith(EMPTY_SUFFIXES) or re.match(r"(Base|Abstract)[A-Z]", bare):
                yield node.lineno, f"{node.name} does not say what it is"


def silent_files(source: Source) -> Faults:
    if ast.get_docstring(source.tree) is None and source.tree.body:
        yield 1, "a file opens with its idea"


def bare_excuses(source: Source) -> Faults:
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        excuse = EXCUSE.match(token.string) if token.type == tokenize.COMMENT else None
        if excuse is None:
            continue
        reason = token.string[excuse.end() :]
        if excuse[2] is None or len(re.findall(r"[A-Za-z]", reason)) < REASON_LETTERS_MIN:
            yield token.start[0], f"{excuse[1]} without a code and a reason"


RULES = (
    Rule(
        "module names",
        grab_bags,
        refuses=("",),
        accepts=("",),
        place="src/hive/domain/order_utils.py",
        accepts_place="src/hive/runtime/shared_streams.py",
    ),
    Rule(
        "class names",
        empty_names,
        refuses=("class OrderManager: ...", "class _FillData: ...", "class BaseDesk: ..."),
        accepts=("class Desk: ...", "class Basement: ...", "class Database: ..."),
    ),
    Rule(
        "a first sentence",
        silent_files,
        refuses=("x = 1",),
        accepts=('"""One idea."""\nx = 1', ""),
    ),
    Rule(
        "excuses with reasons",
        bare_excuses,
        refuses=(
            "x = 1  # noqa: S101",
            "x = 1  # noqa",
            "x = 1  # type: ignore[arg-type]",
        ),
        accepts=(
            "x = 1  # noqa: S101 - this is where the state is asserted",
            "x = '# noqa'  # type: ignore[arg-type]  # the stub is wrong here",
        ),
    ),
)
