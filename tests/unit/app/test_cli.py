"""`hive help` lists the commands, for who starts with `./run`, where no word means the demo."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from typer.testing import CliRunner

from hive.app.cli import app

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
