"""The line that docs/risk.md gives makes a guardian stand on the local venue."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

import pytest
from tests.live_sockets.command_rig import config_in, hive, venue

from hive.app.exit_codes import EXIT_FAILED
from hive.app.processes.beat_files import BeatFiles
from hive.hyperliquid.signing import Signer

pytestmark = pytest.mark.full


def key_in(path: Path) -> str:
    path.touch(mode=0o600)
    path.write_text(secrets.token_hex(32))
    return Signer(path.read_text()).address


def test_a_key_that_nobody_approved_is_told_how_and_approved_so_guards(tmp_path: Path) -> None:
    with venue() as (url, _):
        path = config_in(tmp_path, url, "OneBid")
        path.write_text(path.read_text() + "guardian: {key_file: guardian.key}\n")
        guardian = key_in(tmp_path / "guardian.key")
        refused = hive("run", path)
        assert refused.returncode == EXIT_FAILED
        assert f"{guardian} is nobody's agent" in refused.stderr
        assert "hive guardian CONFIG.yml --approve" in refused.stderr
        approved = hive("guardian", path, "--approve")
        assert (approved.returncode, approved.stderr) == (0, "")
        assert approved.stdout.startswith(f"{guardian} may act for 0x")
        done = hive("run", path, "--for", "1s", "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["orders"] == 1
        assert BeatFiles(tmp_path / "var").guardian() is not None

        (tmp_path / "agent.key").write_text((tmp_path / "guardian.key").read_text())
        again = hive("guardian", path, "--approve")
        assert again.returncode == EXIT_FAILED
        assert "is itself an agent's" in again.stderr
