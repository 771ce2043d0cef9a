"""The project's files as the rules see them: a path below the root, the text, the syntax tree."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]


class Source(NamedTuple):
    """A Python file. `path` is relative to the root, with `/` between its parts."""

    path: str
    text: str
    tree: ast.Module

    @property
    def is_product(self) -> bool:
        return self.path.startswith("src/")

    @property
    def module(self) -> str:
        """The dotted name under which `src` files are imported; a room's `__init__` is the room."""
        return (
            self.path.removeprefix("src/")
            .removesuffix(".py")
            .removesuffix("/__init__")
            .replace("/", ".")
        )


def parsed(path: str, text: str) -> Source:
    return Source(path, text, ast.parse(text))


@cache
def sources() -> tuple[Source, ...]:
    """Every Python file of the project, in order of path."""
    folders = [ROOT / name for name in ("src", "tests", "benchmarks")]
    paths = sorted(path for folder in folders for path in folder.rglob("*.py"))
    return tuple(parsed(path.relative_to(ROOT).as_posix(), path.read_text()) for path in paths)


def product_sources() -> tuple[Source, ...]:
    return tuple(source for source in sources() if source.is_product)


@cache
def project_files() -> tuple[Path, ...]:
    """Every file under version control, or about to be."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    paths = [ROOT / name for name in sorted(filter(None, listed.split("\0")))]
    return tuple(path for path in paths if path.is_file())


def imported_modules(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The line and full name of everything imported; for `from a import b` both a and a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"


def dotted(node: ast.AST) -> str:
    """`a.b.c` for a chain of names, "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        owner = dotted(node.value)
        return f"{owner}.{node.attr}" if owner else ""
    return ""


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Every call with the dotted name of what is called, `?` for an owner without a name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            if not name and isinstance(node.func, ast.Attribute):
                name = f"?.{node.func.attr}"
            yield node, name
