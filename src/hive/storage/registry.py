"""The registry: the numbers inside our cloids, kept so that none is ever given out twice.

One small JSON file that a person can read. It is replaced whole, durably, before any number in it
is used; so whatever moment the process dies at, the next one continues behind it. A lock keeps a
second process from writing back an older epoch.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final, TypeVar

import msgspec

from hive.domain.errors import Damaged, LimitReached
from hive.domain.identifiers import Address, StrategyId
from hive.runtime.ports import Disk, DiskLock, Rng

T = TypeVar("T")

REGISTRY_PATH: Final = "registry.json"
LOCK_PATH: Final = "registry.lock"
FORMAT_VERSION: Final = 1
INDEX_MAX: Final = 0xFFFF
"""Sixteen bits of a cloid; 0 is nobody's."""
EPOCH_MAX: Final = 0xFFFFFF
"""Twenty-four bits of a cloid."""


class _Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file. A strategy's or account's index is its place in the list, from 1."""

    version: int
    instance: Annotated[int, msgspec.Meta(ge=1, le=INDEX_MAX)]
    epoch: Annotated[int, msgspec.Meta(ge=0, le=EPOCH_MAX)]
    strategies: tuple[StrategyId, ...] = ()
    accounts: tuple[Address, ...] = ()


class RegistryView(msgspec.Struct, frozen=True):
    """What the registry says, for who only reads: it may be the trader's meanwhile."""

    instance: int
    strategies: tuple[StrategyId, ...]
    accounts: tuple[Address, ...]


def view_registry(disk: Disk) -> RegistryView | None:
    """The registry without its lock; None if there is none.

    Raises:
        Damaged: the file cannot be understood.
    """
    text = disk.read(REGISTRY_PATH)
    if text is None:
        return None
    content = _parsed(text)
    return RegistryView(content.instance, content.strategies, content.accounts)


class Registry:
    """Instance, boot epoch, strategy and account indexes. Each is durable when it is returned."""

    def __init__(self, disk: Disk, lock: DiskLock, content: _Content) -> None:
        """Use `open`."""
        self._disk = disk
        self._lock = lock
        self._content = content
        self._strategy_index = _indexes(content.strategies)
        self._account_index = _indexes(content.accounts)

    @classmethod
    def open(cls, disk: Disk, rng: Rng) -> Registry:
        """Read the registry, or make one with an instance number drawn by chance.

        Raises:
            Busy: another process has it.
            Damaged: the file cannot be understood.
        """
        lock = disk.lock(LOCK_PATH)
        try:
            text = disk.read(REGISTRY_PATH)
            content = _drawn(rng) if text is None else _parsed(text)
        except BaseException:
            lock.release()
            raise
        return cls(disk, lock, content)

    @property
    def instance(self) -> int:
        """Sixteen bits that tell this installation's cloids from another's."""
        return self._content.instance

    @property
    def epoch(self) -> int:
        """The epoch that began last."""
        return self._content.epoch

    def begin_epoch(self) -> int:
        """The number of this start, one higher than any before.

        Raises:
            LimitReached: `EPOCH_MAX` starts.
            OSError: it could not be made durable, so it must not be used.
        """
        if self._content.epoch >= EPOCH_MAX:
            raise LimitReached("epoch_max", "this registry has seen all the starts it can number")
        self._keep(msgspec.structs.replace(self._content, epoch=self._content.epoch + 1))
        return self._content.epoch

    def strategy_index(self, strategy: StrategyId) -> int:
        """The strategy's number, for ever.

        Raises:
            LimitReached: `INDEX_MAX` strategies.
            OSError: it could not be made durable.
        """
        self.reserve_strategies((strategy,))
        return self._strategy_index[strategy]

    def reserve_strategies(self, strategies: Iterable[StrategyId]) -> None:
        """Number these that have no number yet, in one write.

        Raises:
            LimitReached: `INDEX_MAX` strategies; none is numbered.
            OSError: it could not be made durable.
        """
        known = self._strategy_index
        new = tuple(dict.fromkeys(s for s in strategies if s not in known))
        if new:
            names = _within(self._content.strategies + new, "strategies")
            self._keep(msgspec.structs.replace(self._content, strategies=names))
            self._strategy_index = _indexes(names)

    def account_index(self, account: Address) -> int:
        """The account's number, for ever.

        Raises:
            LimitReached: `INDEX_MAX` accounts.
            OSError: it could not be made durable.
        """
        if account not in self._account_index:
            accounts = _within((*self._content.accounts, account), "accounts")
            self._keep(msgspec.structs.replace(self._content, accounts=accounts))
            self._account_index = _indexes(accounts)
        return self._account_index[account]

    def strategy_of_index(self, index: int) -> StrategyId | None:
        """Whose number this is; None if it was never given out."""
        names = self._content.strategies
        return names[index - 1] if 1 <= index <= len(names) else None

    def account_of_index(self, index: int) -> Address | None:
        """Whose number this is; None if it was never given out."""
        accounts = self._content.accounts
        return accounts[index - 1] if 1 <= index <= len(accounts) else None

    def close(self) -> None:
        """Let another process have it. Idempotent."""
        self._lock.release()

    def _keep(self, content: _Content) -> None:
        """Durable first, believed second."""
        text = msgspec.json.format(msgspec.json.encode(content), indent=2)
        self._disk.replace(REGISTRY_PATH, text + b"\n")
        self._content = content


def _drawn(rng: Rng) -> _Content:
    number = int.from_bytes(rng.token(4), "big")
    return _Content(FORMAT_VERSION, instance=1 + number % INDEX_MAX, epoch=0)


def _parsed(text: bytes) -> _Content:
    try:
        content = msgspec.json.decode(text, type=_Content)
    except msgspec.DecodeError as error:
        raise Damaged(
            REGISTRY_PATH, 0, str(error), hint="restore it; without it cloids may be given twice"
        ) from error
    if content.version != FORMAT_VERSION:
        raise Damaged(
            REGISTRY_PATH, 0, f"format {content.version}", hint="it was written by another Hive"
        )
    return content


def _indexes(names: tuple[T, ...]) -> dict[T, int]:
    return {name: index for index, name in enumerate(names, start=1)}


def _within(names: tuple[T, ...], what: str) -> tuple[T, ...]:
    if len(names) > INDEX_MAX:
        raise LimitReached("index_max", f"{len(names)} {what}")
    return names
