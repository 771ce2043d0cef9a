"""A journal that an earlier Hive wrote is read to the same state as on the day it was written.

`tests/data/journals/format-1` holds two processes of one account: the first died by a kill, the
second with orders open, and what its own Hive made of them. Neither file is ever made again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from hive.domain.identifiers import Cloid, StrategyId, unpack_cloid
from hive.execution.books.account_books import AccountBooks
from hive.execution.books.recovery import Recovered, recover
from hive.runtime.disk_live import LiveDisk
from hive.storage.journal import Journal
from hive.storage.records import Record
from hive.storage.segments import read_records

JOURNALS = Path(__file__).parents[3] / "data" / "journals"


def owner_of(cloid: Cloid) -> StrategyId | None:
    fields = unpack_cloid(cloid)
    return None if fields is None else StrategyId(f"strategy {fields.strategy}")


def rebuilt(folder: Path) -> tuple[AccountBooks, Recovered, int]:
    disk = LiveDisk(folder.parent)
    records = list(read_records(disk, folder.name, Record))
    books = AccountBooks(Journal(disk, folder.name), owner_of)
    return books, recover(records, books), len(records)


@pytest.fixture(params=sorted(path.name for path in JOURNALS.iterdir()))
def folder(request: pytest.FixtureRequest) -> Path:
    return JOURNALS / str(request.param)


def test_b26_an_old_journal_gives_the_state_it_gave_then(folder: Path) -> None:
    books, recovered, records = rebuilt(folder)
    expected: dict[str, Any] = msgspec.json.decode((folder / "expected.json").read_bytes())
    positions = books.positions
    found = {
        "recovered": {name: getattr(recovered, name) for name in expected["recovered"]},
        "records": records,
        "account": {position.coin: position for position in positions.whole()},
        "owned": {
            coin: {str(owner): positions.of(owner, coin) for owner in positions.owners(coin)}
            for coin in positions.coins()
        },
        "orders": [
            {
                "cloid": life.cloid,
                "size": str(life.size),
                "limit_px": str(life.limit_px),
                "filled": str(life.filled),
                "oids": [leg.oid for leg in life.legs],
            }
            for life in books.dispatch.lives()
        ],
    }
    assert msgspec.json.decode(msgspec.json.encode(found)) == expected
