"""The project as a whole: what loads what, what is dead, what is locked, what is never named."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator

from tests.architecture.sources import (
    ROOT,
    Source,
    imported_modules,
    parsed,
    product_sources,
    project_files,
)

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())

# What a file that nobody imports may be: found by the interpreter or by an outside tool, or made
# for the tests of strategies, ours and their authors'.
ENTRIES = {"hive", "hive.__main__", "hive.localvenue.markets.scripted"}

# Pieces, so that this file does not name them itself.
UNSPEAKABLE = [
    "/" + "(work|root|farm)" + "/",
    r"(pypi|pythonhosted|npmjs|crates|rubygems)" + r"\.(org|com|io)",
    r"\b(issue|ticket) #?" + r"\d+",
    r"\b(this|sub-?)\s?" + "session" + r"\b",
    r"\b(sub-?)?" + "agents?" + r"\.md\b",
    r"\b(language " + r"model|chat" + r"bot|co-?pilot)\b",
]


def loaded_with(module: str) -> set[str]:
    """The modules of ours that importing `module` in a fresh interpreter loads."""
    show = f"import {module}, sys; print(*[name for name in sys.modules if name[:4] == 'hive'])"
    command = [sys.executable, "-c", show]
    run = subprocess.run(command, capture_output=True, check=True, text=True, cwd=ROOT / "src")
    return set(run.stdout.split())


def test_importing_the_domain_loads_nothing_above_it() -> None:
    loaded = loaded_with("hive.domain.orders")
    assert "hive.domain.orders" in loaded
    assert [name for name in sorted(loaded) if not re.match(r"hive(\.domain(\.|$)|$)", name)] == []


def test_what_is_loaded_is_seen() -> None:
    """The proof that the test above can fail."""
    assert "hive.runtime.ports" in loaded_with("hive.runtime.ports")


def words_of(source: Source) -> Iterator[str]:
    """What a file imports, and the module names that it keeps as text to import later."""
    for _, name in imported_modules(source.tree):
        yield name
    for name in re.findall(r"[\"'](hive(?:\.\w+)+)", source.text):
        yield name


def unreached(files: Iterable[Source], entries: set[str]) -> list[str]:
    """The files that no other file and no entry mentions."""
    files = tuple(files)
    reached = {name for file in files for name in words_of(file) if name != file.module} | entries
    return [
        file.path
        for file in files
        if file.module not in reached and not file.path.endswith("__init__.py")
    ]


def test_no_file_is_dead() -> None:
    scripts = {target.partition(":")[0] for target in PROJECT["project"]["scripts"].values()}
    dead = unreached(product_sources(), ENTRIES | scripts)
    assert not dead, "\n".join(dead)


def test_a_dead_file_is_seen() -> None:
    files = [
        parsed("src/hive/a.py", "import hive.b"),
        parsed("src/hive/b.py", "from hive.strategies import c"),
        parsed("src/hive/strategies/c.py", "NAMES = ('hive.strategies.d',)"),
        parsed("src/hive/strategies/d.py", "import hive.strategies.d"),
        parsed("src/hive/e.py", "import hive.e"),
    ]
    assert unreached(files, {"hive.a"}) == ["src/hive/e.py"]


def unspeakable(text: str) -> list[str]:
    return [match[0] for match in re.finditer("|".join(UNSPEAKABLE), text, re.IGNORECASE)]


def test_the_project_speaks_of_the_product_alone() -> None:
    """Paths of a machine, hosts of a registry and talk of how it was made belong elsewhere."""
    found = []
    for path in project_files():
        words = unspeakable(path.read_bytes().decode(errors="replace"))
        found += [f"{path.relative_to(ROOT)}: {word}" for word in words]
    assert found == []


def test_what_is_not_to_be_named_is_seen() -> None:
    planted = [
        "see /ro" + "ot/a",
        "from pyp" + "i.org",
        "Fixes iss" + "ue #2",
        "in this ses" + "sion",
    ]
    assert [len(unspeakable(text)) for text in planted] == [1, 1, 1, 1]
    assert unspeakable("the session's root, an issue of shares, /workers/root") == []


def locked(name: str) -> dict[str, str]:
    """What a lock file holds: the version by package, each with at least one hash."""
    text = (ROOT / "requirements" / name).read_text().replace("\\\n", " ")
    versions = {}
    for line in text.splitlines():
        entry = re.fullmatch(
            r"([a-z0-9-]+)==(\S+)( ;[^-]+)?(\s+--hash=sha256:[0-9a-f]{64})+\s*", line
        )
        assert entry is not None, f"{name}: not a hashed requirement: {line[:60]}"
        versions[entry[1]] = entry[2]
    return versions


def wanted(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=!~\[ ]", line)[0].lower() for line in requirements}


def test_every_requirement_is_locked_with_hashes_and_without_a_host() -> None:
    project = PROJECT["project"]
    direct = wanted(project["dependencies"])
    assert direct <= set(locked("runtime.txt"))
    groups = PROJECT["dependency-groups"]
    assert direct | wanted(groups["dev"]) <= set(locked("dev.txt"))
    assert wanted(groups["ccxt"]) <= set(locked("ccxt.txt"))
    assert {name.replace("_", "-") for name in wanted(groups["nautilus"])} <= set(
        locked("nautilus.txt")
    )


def test_developers_run_what_users_run() -> None:
    """The lock for development holds the one for use, version by version."""
    assert locked("runtime.txt").items() <= locked("dev.txt").items()


def test_only_direct_requirements_are_imported() -> None:
    """A package that another one happens to bring may leave with it."""
    names_by_package = {"pyyaml": "yaml", "safe-pysha3": "sha3"}
    project = PROJECT["project"]
    extras = project["optional-dependencies"].values()
    direct = wanted(project["dependencies"] + [name for extra in extras for name in extra])
    allowed = {names_by_package.get(name, name) for name in direct} | {"hive"}
    foreign = {
        f"{source.path}: {top}"
        for source in product_sources()
        for _, name in imported_modules(source.tree)
        if (top := name.partition(".")[0]) not in allowed | set(sys.stdlib_module_names)
    }
    assert sorted(foreign) == []
