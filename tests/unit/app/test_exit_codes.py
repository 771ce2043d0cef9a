"""Every way to end has one code, and the page tells the codes that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hive.app import exit_codes
from hive.app.exit_codes import EXIT_CONFIG, EXIT_FAILED, EXIT_INTERRUPTED, StoppedEarly
from hive.domain.errors import (
    Busy,
    ConfigRefused,
    HiveError,
    NotOffered,
    Unanswered,
    VenueRefused,
)

PAGE = (Path(__file__).parents[3] / "docs" / "configuration.md").read_text()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigRefused("no such key"), EXIT_CONFIG),
        (NotOffered("real money"), EXIT_CONFIG),
        (StoppedEarly(), EXIT_INTERRUPTED),
        (Busy("the folder is taken"), EXIT_FAILED),
        (VenueRefused("not you"), EXIT_FAILED),
        (Unanswered("silence"), EXIT_FAILED),
    ],
)
def test_an_error_ends_with_the_code_of_its_kind(error: HiveError, code: int) -> None:
    assert exit_codes.exit_code_of(error) == code


def test_the_page_lists_every_code() -> None:
    table = PAGE.partition("## How commands end")[2]
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)}
    named = {code for name, code in vars(exit_codes).items() if name.startswith("EXIT_")}
    assert told == {0} | named
