"""docs/venue.md lists what the venue takes, and nothing that it does not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from tests.unit.localvenue.still_venue import Stage
from typer.main import get_command

from hive.app.venue_commands.command import venue_app
from hive.serving.info_requests import INFO_TYPES
from hive.serving.subscriptions import STREAM_TYPES

PAGE = (Path(__file__).parents[3] / "docs" / "venue.md").read_text()


def part(begin: str, end: str) -> str:
    return PAGE.partition(begin)[2].partition(end)[0]


def listed(heading: str) -> set[str]:
    """The names in the tables under this heading."""
    lines = part(f"### {heading}\n", "\n#").splitlines()
    rows = [line for line in lines if line.startswith("|")]
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def test_the_page_lists_the_questions_that_are_answered() -> None:
    offered = set(Stage().venue.info_types)
    assert listed("POST /info") == offered
    assert offered <= set(INFO_TYPES.types)


def test_the_page_lists_the_streams_that_are_told() -> None:
    offered = {*Stage().venue.stream_types, "user"}
    assert listed("Subscriptions on /ws") == offered
    assert offered <= set(STREAM_TYPES.types)


def test_the_page_says_of_every_stream_how_often_it_tells() -> None:
    assert set(Stage().venue.stream_types) <= set(
        re.findall(r"`(\w+)`", part("## How often it tells", "\n## "))
    )


@pytest.mark.parametrize("kind", ["questions", "streams"])
def test_the_page_names_what_the_server_reads_and_the_venue_does_not_offer(kind: str) -> None:
    venue = Stage().venue
    known, offered = (
        (INFO_TYPES.types, venue.info_types)
        if kind == "questions"
        else (STREAM_TYPES.types, [*venue.stream_types, "user"])
    )
    named = re.findall(r"`(\w+)`", part("\nEverything else is answered", "\n## "))
    assert set(known) - set(offered) <= set(named)


def test_the_page_lists_the_options_that_there_are() -> None:
    group: Any = get_command(venue_app)
    offered = {
        name
        for parameter in group.commands["serve"].params
        for name in (*parameter.opts, *parameter.secondary_opts)
        if name not in ("--help", "--limits")  # what is so anyway
    }
    rows = [line for line in part("## Options", "\n## ").splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"(--[\w-]+)", row.split("|")[1])} == (
        offered
    )
