"""docs/venue.md lists what the server takes, and nothing that it does not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest

from hive.serving import info_requests, subscriptions

PAGE = (Path(__file__).parents[3] / "docs" / "venue.md").read_text()


def tags(union: Any) -> set[str]:
    return {shape.__struct_config__.tag for shape in get_args(union)}


def listed(heading: str) -> set[str]:
    """The names in the paragraph that begins with this heading."""
    paragraph = PAGE.partition(f"**{heading}**:")[2].partition("\n\n")[0]
    return set(re.findall(r"`(\w+)`", paragraph))


@pytest.mark.parametrize(
    ("heading", "union", "others"),
    [
        ("POST /info", info_requests.Shape, set()),
        ("/ws", subscriptions.Shape, {"post"}),
    ],
)
def test_the_page_lists_what_is_offered(heading: str, union: Any, others: set[str]) -> None:
    assert listed(heading) - others == tags(union)
