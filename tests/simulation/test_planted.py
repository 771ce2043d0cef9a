"""Each bug that was planted on purpose dies within 200 seeds."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.simulation.planted import BUGS, PlantedBug, hunt, plant

SEEDS_MAX = 200


def test_every_patch_still_has_its_place(tmp_path: Path) -> None:
    for number, bug in enumerate(BUGS):
        source = plant(bug, tmp_path / str(number))
        compile((source / "hive" / bug.file).read_text(), bug.file, "exec")


@pytest.mark.full
@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_the_seeds_catch(bug: PlantedBug, tmp_path: Path) -> None:
    verdict = hunt(bug, tmp_path, seeds=SEEDS_MAX)
    assert verdict.caught_by_seed is not None
