"""`hive compare`: a run's journal against the venue's truth, by a process with no part in it."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from hive.app.audit.comparison import compare
from hive.app.audit.oracle_client import OracleClient, fill_of, positions_of
from hive.app.config.load import load_config
from hive.app.exit_codes import EXIT_FAILED
from hive.app.processes.run_folder import JOURNALS, journal_folder
from hive.domain.errors import ConfigRefused
from hive.domain.identifiers import Address
from hive.domain.orders import Fill
from hive.runtime.disk_live import LiveDisk
from hive.runtime.net_live import LiveNet
from hive.runtime.ports import Disk
from hive.storage.records import FillRecord, Record
from hive.storage.segments import read_records


async def compare_run(path: Path) -> int:
    """Print one JSON object; 0 when the journal and the venue agree.

    Raises:
        ConfigRefused: the folder holds no journal.
        VenueRefused: the venue is no local one.
    """
    config = load_config(path)
    state = Path(config.runtime.state_dir)
    disk = LiveDisk(state)
    account = _account_of(state)
    net = LiveNet()
    try:
        truth = await OracleClient(net, config.venue_url).truth(account)
    finally:
        await net.aclose()
    found = compare(
        journaled_fills(disk, account),
        [fill_of(fill, account) for fill in truth.fills],
        positions_of(truth),
        len(truth.open_orders),
    )
    sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    return 0 if found.is_clean else EXIT_FAILED


def journaled_fills(disk: Disk, account: Address) -> list[Fill]:
    """Every fill that the account's journal booked, in its order."""
    records = read_records(disk, journal_folder(account), Record)
    return [record.fill for record in records if isinstance(record, FillRecord)]


def _account_of(state: Path) -> Address:
    journals = sorted((state / JOURNALS).glob("0x*"))
    if len(journals) != 1:
        raise ConfigRefused(f"{state} holds {len(journals)} journals, expected one")
    return Address(journals[0].name)
