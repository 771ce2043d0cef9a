"""The accounts of a runtime: which address each key trades, how it signs, how it is listened to.

key ─▶ master ─▶ the account: the master's own, a sub-account, a vault
the first accounts are streamed, as many as the venue has slots for; the others are polled
"""

from __future__ import annotations

from typing import Final

import msgspec

from hive.app.wiring.plan import AccountPlan, RuntimePlan
from hive.domain.errors import Busy, VenueRefused
from hive.domain.identifiers import Address
from hive.execution.desk.account_rights import AccountRights
from hive.execution.order_desk import OrderDesk
from hive.execution.settling.errands import POLLED, STREAMED, ErrandSettings, paced
from hive.hyperliquid.limits import VenueLimits
from hive.hyperliquid.signing import NonceSequence
from hive.storage.journal import Journal

SOCKETS_SHARED: Final = 2
"""One for public streams, one to spare; each streamed account has its own besides."""


class AccountStanding(msgspec.Struct, frozen=True, kw_only=True):
    """An account under its own address, and how it is traded."""

    plan: AccountPlan
    address: Address
    vault: Address | None
    """What its actions name: None where it is the key's own, or its master's."""
    nonces: NonceSequence
    is_polled: bool
    errands: ErrandSettings


class TradedAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account under its own address, with what trades it."""

    plan: AccountPlan
    address: Address
    desk: OrderDesk
    journal: Journal
    nonces: NonceSequence
    """Of the key in `plan`."""


def streamed_max(limits: VenueLimits) -> int:
    """How many accounts one IP can be streamed."""
    return max(0, min(limits.users_max, limits.connections_max - SOCKETS_SHARED))


async def standings(plan: RuntimePlan, rights: AccountRights) -> list[AccountStanding]:
    """Find every account's address; nonces are one sequence for each key.

    Raises:
        Busy: two entries trade the same account.
        VenueRefused: the venue does not know an account.
        LinkError, VenueError: it gives no answer.
    """
    streamed = min(len(plan.accounts), streamed_max(plan.limits))
    polled = len(plan.accounts) - streamed
    weight = plan.limits.weight_per_min
    nonces_by_signer: dict[Address, NonceSequence] = {}
    found: list[AccountStanding] = []
    for number, account in enumerate(plan.accounts):
        address = await _address_of(account, rights)
        if any(address == other.address for other in found):
            raise Busy(f"two of the accounts are {address}")
        is_polled = number >= streamed
        usual = POLLED if is_polled else STREAMED
        signer = account.signer.address
        found.append(
            AccountStanding(
                plan=account,
                address=address,
                vault=account.trade_for,
                nonces=nonces_by_signer.setdefault(signer, NonceSequence()),
                is_polled=is_polled,
                errands=paced(usual, streamed, polled, weight),
            )
        )
    return found


async def _address_of(plan: AccountPlan, rights: AccountRights) -> Address:
    """The account that the key trades: the one named, its agent's master, or its own."""
    named = plan.trade_for or plan.address
    if named is not None:
        return named
    own = plan.signer.address
    role = await rights.role_of(own)
    if role.role == "missing":
        raise VenueRefused(
            f"the venue does not know {own}",
            hint="fund the account, or approve this key as its agent",
        )
    return await rights.master_of(own)
