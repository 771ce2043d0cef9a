"""`hive help` lists the commands, for who starts with `./run`, where no word means the demo."""

from __future__ import annotations

from typer.testing import CliRunner

from hive.app.cli import app


def test_help_is_a_command_and_the_demo_points_to_it() -> None:
    listed = CliRunner().invoke(app, ["help"])
    assert listed.exit_code == 0
    for command in ("demo", "run", "kill", "resume", "guardian", "venue"):
        assert f" {command} " in listed.output
    assert "hive help" in CliRunner().invoke(app, ["demo", "--help"]).output
