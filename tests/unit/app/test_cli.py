"""`hive help` lists the commands, for who starts with `./run`, where no word means the demo."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hive import __version__
from hive.app.cli import app
from hive.app.exit_codes import EXIT_CONFIG, EXIT_USAGE
from hive.domain.errors import ConfigRefused

LAUNCHER = Path(__file__).parents[3] / "run"


def test_help_is_a_command_and_the_demo_points_to_it() -> None:
    listed = CliRunner().invoke(app, ["help"])
    assert listed.exit_code == 0
    for command in ("demo", "run", "kill", "resume", "guardian", "venue"):
        assert f" {command} " in listed.output
    assert "hive help" in CliRunner().invoke(app, ["demo", "--help"]).output


def test_the_launcher_tells_its_words_without_making_an_environment(tmp_path: Path) -> None:
    launcher = Path(shutil.copy(LAUNCHER, tmp_path))
    told = subprocess.run([launcher, "--help"], capture_output=True, text=True, check=True).stdout
    for word in ("test [full", "check", "bench [NAME]", "help", "demo --help"):
        assert f"./run {word}" in told
    assert list(tmp_path.iterdir()) == [launcher]


def test_help_tells_of_one_command_too() -> None:
    for words in (["run"], ["venue", "serve"]):
        told = CliRunner().invoke(app, ["help", *words])
        assert told.exit_code == 0
        assert f"Usage: hive {' '.join(words)}" in told.output
    assert CliRunner().invoke(app, ["help", "nonsense"]).exit_code == EXIT_USAGE


def test_the_version_is_a_command_and_an_option() -> None:
    told = [CliRunner().invoke(app, [word]) for word in ("version", "--version")]
    assert [each.exit_code for each in told] == [0, 0]
    assert told[0].output == told[1].output == f"{__version__}\n"


@pytest.mark.parametrize("option", ["--calm", "--for=3s", "--folder=x"])
def test_a_virtual_demo_refuses_what_it_would_not_heed(option: str) -> None:
    told = CliRunner().invoke(app, ["demo", "--virtual", "1s", option])
    assert told.exit_code == EXIT_USAGE
    assert "--virtual goes with neither" in told.output


def test_a_file_that_is_not_there_ends_every_command_alike(tmp_path: Path) -> None:
    missing = str(tmp_path / "no.yml")
    outcome = CliRunner().invoke(app, ["venue", "serve", "--faults", missing])
    assert outcome.exit_code == EXIT_CONFIG
    assert CliRunner().invoke(app, ["venue", "serve", "--replay", missing]).exit_code == EXIT_CONFIG
    for command in ("run", "kill", "guardian"):
        with pytest.raises(ConfigRefused):
            CliRunner().invoke(app, [command, missing], catch_exceptions=False)
