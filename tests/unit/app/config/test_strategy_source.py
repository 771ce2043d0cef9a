"""Strategy classes by the names that stand in a configuration."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from hive.app.config.strategy_source import StrategySource
from hive.domain.errors import ConfigRefused
from hive.strategies.catalogue import CATALOGUE

ONE = """\
from hive.strategy.interface import Params, Strategy
class One(Strategy[Params]):
    pass
"""
DEAF = ONE.replace("pass", "async def on_bbo(self, ctx, bbo): ...")
TWO = ONE + "class Two(Strategy[Params]):\n    pass\n"


def refused(folder: Path, use: str) -> str:
    with pytest.raises(ConfigRefused) as caught:
        StrategySource(folder)(use)
    return str(caught.value)


def test_a_ready_made_strategy_is_found_by_its_name(tmp_path: Path) -> None:
    for name, strategy in CATALOGUE.items():
        assert StrategySource(tmp_path)(f"hive.strategies.{name}") is strategy


def test_a_class_of_a_file_is_found(tmp_path: Path) -> None:
    (tmp_path / "two.py").write_text(TWO)
    assert StrategySource(tmp_path)("./two.py:Two").__name__ == "Two"
    assert StrategySource(tmp_path)("two.py:One").__name__ == "One"


def test_the_only_class_of_a_file_needs_no_name(tmp_path: Path) -> None:
    """Imported strategies do not count: `Strategy` itself stands in every such file."""
    (tmp_path / "one.py").write_text(ONE)
    assert StrategySource(tmp_path)("./one.py").__name__ == "One"


def test_a_file_is_loaded_once(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text(ONE)
    source = StrategySource(tmp_path)
    assert source("./one.py") is source("./one.py:One")


def test_files_of_one_name_in_two_folders_stay_apart(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "one.py").write_text(ONE)
    source = StrategySource(tmp_path)
    assert source("a/one.py") is not source("b/one.py")


@pytest.mark.parametrize(
    ("use", "told"),
    [
        ("./none.py:One", "./none.py: No such file or directory"),
        ("./two.py", "./two.py has several strategies; write ./two.py:One"),
        ("./two.py:Twoo", "./two.py has no strategy 'Twoo'; did you mean \"Two\"?"),
        ("./empty.py", "./empty.py defines no Strategy"),
        ("./broken.py", "./broken.py:2: SyntaxError: "),
        ("./raising.py", "./raising.py:2: ZeroDivisionError: division by zero"),
        ("./leaving.py", "./leaving.py:1: SystemExit: 3"),
        ("./folder.py", "./folder.py is no file"),
        ("./deaf.py", "./deaf.py:3: on_bbo is async; handlers are plain functions, ctx.spawn runs"),
        ("./typo.py", "./typo.py:3: on_fil is no handler; did you mean on_fill?"),
        ("os:system", "no strategy 'os:system'; known: hive.strategies.maker, "),
        ("maker", "no strategy 'maker'; known: hive.strategies.maker, "),
        (
            "hive.strategies.makr",
            "no strategy 'hive.strategies.makr'; did you mean \"hive.strategies.maker\"?",
        ),
    ],
)
def test_what_cannot_be_found_is_told_with_the_reason(tmp_path: Path, use: str, told: str) -> None:
    (tmp_path / "two.py").write_text(TWO)
    (tmp_path / "empty.py").write_text("x = 1\n")
    (tmp_path / "broken.py").write_text("x = 1\nclass\n")
    (tmp_path / "raising.py").write_text("x = 1\ny = x / 0\n")
    (tmp_path / "leaving.py").write_text("raise SystemExit(3)\n")
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "deaf.py").write_text(DEAF)
    (tmp_path / "typo.py").write_text(ONE.replace("pass", "def on_fil(self, ctx, fill): ..."))
    assert refused(tmp_path, use).startswith(told)


def test_what_a_file_prints_stays_out_of_standard_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "one.py").write_text("print('loading')\n" + ONE)
    StrategySource(tmp_path)("./one.py")
    assert capsys.readouterr() == ("", "loading\n")


def test_a_file_that_failed_fails_again_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "raising.py").write_text("1 / 0\n")
    source = StrategySource(tmp_path)
    for _ in range(2):
        with pytest.raises(ConfigRefused, match="ZeroDivisionError"):
            source("./raising.py")
    assert not [name for name in sys.modules if name.startswith("hive_strategy_raising")]


def test_a_file_that_everybody_may_change_is_not_run(tmp_path: Path) -> None:
    path = tmp_path / "one.py"
    path.write_text(ONE)
    path.chmod(0o666)
    assert "can be changed by everybody" in refused(tmp_path, "./one.py")
