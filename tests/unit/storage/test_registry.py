"""The registry never gives a number out twice, whenever the process dies."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive.domain.errors import Busy, Damaged, LimitReached
from hive.domain.identifiers import Address, StrategyId
from hive.runtime.disk_live import LiveDisk
from hive.runtime.ports import AppendFile, Disk, DiskLock
from hive.runtime.rng import SeededRng
from hive.storage.registry import EPOCH_MAX, INDEX_MAX, REGISTRY_PATH, Registry

ACCOUNT = Address("0x" + "ab" * 20)
RNG = SeededRng(1)


class Death(Exception):
    """The process dies here."""


class MortalDisk:
    """A disk whose process dies at a chosen write: before it, or after it before it is told."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}
        self.writes_left: int | None = None
        self.dies_after_writing = False

    def read(self, path: str) -> bytes | None:
        return self.content.get(path)

    def replace(self, path: str, data: bytes) -> None:
        if self.writes_left is not None:
            self.writes_left -= 1
        dies = self.writes_left == -1
        if not dies or self.dies_after_writing:
            self.content[path] = data
        if dies:
            raise Death

    def size(self, path: str) -> int:
        return len(self.content.get(path, b""))

    def remove(self, path: str) -> None:
        self.content.pop(path, None)

    def lock(self, path: str) -> DiskLock:
        return NoLock()

    def open_append(self, path: str) -> AppendFile:
        raise NotImplementedError

    def listing(self, folder: str) -> list[str]:
        return sorted(self.content)


class NoLock:
    """The operating system drops locks with the process."""

    def release(self) -> None: ...


@pytest.fixture
def disk(tmp_path: Path) -> LiveDisk:
    return LiveDisk(tmp_path)


def reopened(registry: Registry, disk: Disk) -> Registry:
    registry.close()
    return Registry.open(disk, RNG)


def test_each_start_has_a_higher_epoch(disk: LiveDisk) -> None:
    registry = Registry.open(disk, RNG)
    epochs = [registry.begin_epoch()]
    for _ in range(3):
        registry = reopened(registry, disk)
        epochs.append(registry.begin_epoch())
    assert epochs == [1, 2, 3, 4]
    assert registry.epoch == 4


def test_the_instance_is_drawn_once_and_kept(disk: LiveDisk) -> None:
    registry = Registry.open(disk, SeededRng(5))
    registry.begin_epoch()
    instance = registry.instance
    assert 1 <= instance <= 0xFFFF
    registry.close()
    assert Registry.open(disk, SeededRng(6)).instance == instance


def test_strategies_keep_their_numbers_in_the_order_they_came(disk: LiveDisk) -> None:
    registry = Registry.open(disk, RNG)
    grid, maker = StrategyId("grid"), StrategyId("maker")
    assert (registry.strategy_index(grid), registry.strategy_index(maker)) == (1, 2)
    registry = reopened(registry, disk)
    assert (registry.strategy_index(maker), registry.strategy_index(grid)) == (2, 1)
    assert registry.strategy_of_index(2) == maker
    assert registry.strategy_of_index(0) is None
    assert registry.strategy_of_index(3) is None


def test_accounts_are_numbered_apart_from_strategies(disk: LiveDisk) -> None:
    registry = Registry.open(disk, RNG)
    registry.strategy_index(StrategyId("grid"))
    assert registry.account_index(ACCOUNT) == 1
    assert reopened(registry, disk).account_of_index(1) == ACCOUNT


def test_many_strategies_are_numbered_in_one_write() -> None:
    disk = MortalDisk()
    registry = Registry.open(disk, RNG)
    disk.writes_left = 1
    registry.reserve_strategies(StrategyId(f"s{index}") for index in range(100))
    assert registry.strategy_index(StrategyId("s99")) == 100
    assert disk.writes_left == 0
    registry.reserve_strategies([StrategyId("s0")])
    assert disk.writes_left == 0, "nothing new, nothing written"


def test_two_processes_do_not_share_a_registry(disk: LiveDisk, tmp_path: Path) -> None:
    registry = Registry.open(disk, RNG)
    with pytest.raises(Busy):
        Registry.open(LiveDisk(tmp_path), RNG)
    registry.close()
    Registry.open(LiveDisk(tmp_path), RNG).close()


def test_a_registry_that_cannot_be_read_is_refused_and_left_unlocked(disk: LiveDisk) -> None:
    disk.replace(REGISTRY_PATH, b'{"version": 1, "instance": 7')
    for _ in range(2):
        with pytest.raises(Damaged, match=r"registry\.json"):
            Registry.open(disk, RNG)


@pytest.mark.parametrize(
    ("field", "value"),
    [("epoch", -1), ("epoch", EPOCH_MAX + 1), ("instance", 0), ("epoc", 4), ("version", 2)],
)
def test_a_registry_with_impossible_numbers_is_refused(
    disk: LiveDisk, field: str, value: int
) -> None:
    content = {"version": 1, "instance": 7, "epoch": 3, "strategies": [], "accounts": []}
    disk.replace(REGISTRY_PATH, json.dumps({**content, field: value}).encode())
    with pytest.raises(Damaged):
        Registry.open(disk, RNG)


def test_a_person_can_read_it(disk: LiveDisk) -> None:
    registry = Registry.open(disk, RNG)
    registry.begin_epoch()
    registry.strategy_index(StrategyId("grid"))
    text = disk.read(REGISTRY_PATH)
    assert text is not None
    assert b'\n  "epoch": 1,\n' in text
    assert json.loads(text)["strategies"] == ["grid"]


def test_epochs_and_indexes_end_where_a_cloid_ends(disk: LiveDisk) -> None:
    last = {
        "version": 1,
        "instance": 7,
        "epoch": EPOCH_MAX,
        "strategies": [f"s{index}" for index in range(INDEX_MAX)],
        "accounts": [],
    }
    disk.replace(REGISTRY_PATH, json.dumps(last).encode())
    registry = Registry.open(disk, RNG)
    with pytest.raises(LimitReached, match="epoch_max"):
        registry.begin_epoch()
    with pytest.raises(LimitReached, match="index_max"):
        registry.strategy_index(StrategyId("one more"))
    assert registry.strategy_index(StrategyId("s0")) == 1


@given(
    st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=1, max_size=12),
)
def test_no_epoch_and_no_index_is_given_out_twice_whenever_the_process_dies(
    lives: list[tuple[int, bool]],
) -> None:
    """Each life starts, takes an epoch and new strategies, and dies at one of its writes."""
    disk = MortalDisk()
    epochs: list[int] = []
    index_by_strategy: dict[StrategyId, int] = {}
    for life, (writes, after) in enumerate(lives):
        disk.writes_left, disk.dies_after_writing = writes, after
        registry = Registry.open(disk, RNG)
        try:
            epochs.append(registry.begin_epoch())
            for number in range(3):
                name = StrategyId(f"{life}.{number}")
                index_by_strategy[name] = registry.strategy_index(name)
        except Death:
            continue
    assert epochs == sorted(set(epochs))
    assert len(set(index_by_strategy.values())) == len(index_by_strategy)
    disk.writes_left = None
    registry = Registry.open(disk, RNG)
    for name, index in index_by_strategy.items():
        assert registry.strategy_of_index(index) == name
