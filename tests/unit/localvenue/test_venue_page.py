"""docs/venue.md lists what the venue takes, and nothing that it does not."""

from __future__ import annotations

import re
from pathlib import Path

from tests.unit.localvenue.still_venue import Stage

from hive.serving.info_requests import INFO_TYPES
from hive.serving.subscriptions import STREAM_TYPES

PAGE = (Path(__file__).parents[3] / "docs" / "venue.md").read_text()


def listed(heading: str) -> set[str]:
    """The names in the paragraph that begins with this heading."""
    paragraph = PAGE.partition(f"**{heading}**:")[2].partition("\n\n")[0]
    return set(re.findall(r"`(\w+)`", paragraph))


def test_the_page_lists_the_questions_that_are_answered() -> None:
    offered = set(Stage().venue.info_types)
    assert listed("POST /info") == offered
    assert offered <= set(INFO_TYPES.types)


def test_the_page_lists_the_streams_that_are_told() -> None:
    offered = {*Stage().venue.stream_types, "user"}
    assert listed("/ws") - {"post"} == offered
    assert offered <= set(STREAM_TYPES.types)
