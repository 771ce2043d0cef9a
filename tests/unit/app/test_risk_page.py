"""docs/risk.md: its files are read, its commands parsed, its refusal is the one that comes."""

from __future__ import annotations

import re
import shlex
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
import typer.main
from tests.unit.execution.venue_rig import VenueRig

from hive.app.cli import app
from hive.app.config.guarded import load_guarded
from hive.app.config.sections import RiskSettings
from hive.domain.switches import STRENGTH_BY_WORD, parse_scope
from hive.portfolio.limits import RiskLimits

PAGE = (Path(__file__).parents[3] / "docs" / "risk.md").read_text()
COMMANDS = re.findall(r"^    hive (kill|resume|guardian) (.*?)(?:  #.*)?$", PAGE, re.MULTILINE)
FILES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
ACCOUNT = "account: {key_env: HIVE_KEY}\n"


def test_it_names_every_key_below_risk() -> None:
    keys = [field.name for field in msgspec.structs.fields(RiskSettings)]
    assert [key for key in keys if f"`{key}" not in PAGE] == []


def test_it_shows_every_strength_and_reach() -> None:
    shown = " ".join(arguments for _, arguments in COMMANDS)
    for word in ("--scope strategy:", "--scope coin:", "--strength pause", "--strength flatten"):
        assert word in shown


@pytest.mark.parametrize("text", FILES)
def test_its_files_are_a_guardians(text: str, tmp_path: Path) -> None:
    key = tmp_path / "guardian.key"
    key.touch(mode=0o600)
    key.write_text("5c" * 32)
    file = tmp_path / "hive.yml"
    file.write_text(text if "account:" in text else ACCOUNT + text)
    assert len(load_guarded(file).wards) == 1


@pytest.mark.parametrize(("verb", "arguments"), COMMANDS)
def test_its_commands_are_understood(verb: str, arguments: str) -> None:
    group = typer.main.get_group(app)
    context = group.commands[verb].make_context(verb, shlex.split(arguments))
    assert context.params["config"] is not None
    parse_scope(context.params.get("scope", "all"))
    assert context.params.get("strength", "cancel") in STRENGTH_BY_WORD


def test_its_refusal_is_the_one_that_comes() -> None:
    limits = RiskLimits(position_notional_usd_max=Decimal(5_000))
    rig = VenueRig(plans=lambda plan: msgspec.structs.replace(plan, risk=limits))
    ctx = rig.ctx()
    cloid = rig.do(lambda: ctx.buy("BTC", Decimal("0.0521"), Decimal(100_000)))
    assert rig.reason(cloid) in " ".join(PAGE.split())
    assert rig.open_cloids() == []
