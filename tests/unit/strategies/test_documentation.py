"""The pages about strategies say what the code does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.strategies.rig import scripted

from hive.localvenue.markets.scripted import PricePoint, ScriptedCoin
from hive.strategies.catalogue import CATALOGUE
from hive.strategy.interface import Context, Strategy

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize("kind", CATALOGUE)
def test_the_page_lists_each_parameter_with_its_default(kind: str) -> None:
    page = (DOCS / "strategies.md").read_text()
    section = page.split(f"\n## {kind}\n")[1].split("\n## ")[0]
    listed = dict(re.findall(r"^\| `(\w+)` \| `([^`]*)` \| \S", section, re.MULTILINE))
    fields = msgspec.structs.fields(CATALOGUE[kind].params_type)
    assert listed == {
        field.name: str(field.default).lower() if field.type is bool else str(field.default)
        for field in fields
    }


def test_the_first_strategy_of_the_guide_runs_and_orders() -> None:
    guide = (DOCS / "writing-a-strategy.md").read_text()
    code = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)[0]
    names: dict[str, Any] = {"__name__": "guide"}
    exec(code, names)  # noqa: S102 (the guide's own code)
    world = scripted([ScriptedCoin(coin="BTC", path=(PricePoint(0, 100_000.0),))])
    strategy: Strategy[Any] = names["OneBid"]()
    name = world.add("one-bid", strategy)
    world.run_s(2)
    orders = world.desk.open_orders(name)
    assert len(orders) == 1
    assert world.snapshot(name).errors == 0


def test_the_guide_names_every_handler_and_every_verb() -> None:
    guide = (DOCS / "writing-a-strategy.md").read_text()
    handlers = [name for name in vars(Strategy) if name.startswith("on_")]
    verbs = [name for name in vars(Context) if name.startswith(("watch_", "cancel", "place"))]
    verbs += ["buy", "sell", "replace", "flatten", "every", "after", "spawn", "log", "state"]
    assert [name for name in (*handlers, *verbs) if name not in guide] == []
