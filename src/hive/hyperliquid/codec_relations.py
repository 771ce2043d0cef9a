"""Who may act for whom: agents, and the leader of a vault (protocol.md 1.2)."""

from __future__ import annotations

from typing import Final

import msgspec

from hive.domain.identifiers import Address
from hive.hyperliquid.wire_numbers import AddressText, Id, Word
from hive.hyperliquid.wire_reading import Frame, read


class Agent(msgspec.Struct, frozen=True):
    """A key that may trade for an account until that moment (epoch milliseconds)."""

    address: Address
    name: str
    valid_until_ms: int


class WireAgent(msgspec.Struct, frozen=True, rename="camel"):
    name: Word
    address: AddressText
    valid_until: Id


class WireVault(msgspec.Struct, frozen=True):
    leader: AddressText


_agents: Final = msgspec.json.Decoder(tuple[WireAgent, ...])
_vault: Final = msgspec.json.Decoder(WireVault | None)


def decode_extra_agents(body: Frame) -> tuple[Agent, ...]:
    """The account's named agents; one without a name is not listed, and has no end.

    Raises:
        BadFrame: it is not a list of agents.
    """
    rows = read(_agents, body)
    return tuple([Agent(Address(row.address.lower()), row.name, row.valid_until) for row in rows])


def decode_vault_leader(body: Frame) -> Address | None:
    """Who trades the vault; None if the venue knows no such vault.

    Raises:
        BadFrame: it does not say.
    """
    vault = read(_vault, body)
    return None if vault is None else Address(vault.leader.lower())
