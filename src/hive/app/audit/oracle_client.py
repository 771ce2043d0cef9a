"""Asking the local venue's oracle: its truth, its counts, and for a little trouble."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import msgspec

from hive.domain.errors import VenueRefused
from hive.domain.identifiers import Address, TradeId
from hive.domain.market import Side
from hive.domain.orders import Fill
from hive.localvenue.views.truth import AccountTruth, TrueFill
from hive.runtime.ports import Net

TIMEOUT_MS: Final = 20_000


class _Accounts(msgspec.Struct, frozen=True):
    accounts: tuple[AccountTruth, ...]


class OracleClient:
    """The oracle of a local venue at `url`. No real venue has one."""

    def __init__(self, net: Net, url: str) -> None:
        self._net = net
        self._url = url

    async def truth(self, account: Address) -> AccountTruth:
        """All there is to know of an account."""
        body = await self._ask({"type": "truth", "user": account})
        found = msgspec.json.decode(body, type=_Accounts).accounts
        if len(found) != 1:
            raise VenueRefused(f"the venue knows no account {account}")
        return found[0]

    async def counters(self) -> dict[str, Any]:
        """What the venue counted."""
        counted: dict[str, Any] = msgspec.json.decode(await self._ask({"type": "counters"}))
        return counted

    async def cut_account_socket(self) -> None:
        """Drop the oldest socket that streams an account's order updates."""
        await self._ask({"type": "cutSocket", "holds": "orderUpdates"})

    async def lose_next_answer(self) -> None:
        """Carry out the next action, and never answer it."""
        await self._ask({"type": "dropResponse", "count": 1})

    async def _ask(self, request: dict[str, Any]) -> bytes:
        body = msgspec.json.encode(request)
        reply = await self._net.post(f"{self._url}/oracle", body, timeout_ms=TIMEOUT_MS)
        if reply.status != 200:
            raise VenueRefused(f"the oracle answered {reply.status}: {reply.body[:200]!r}")
        return reply.body


def fill_of(truth: TrueFill, account: Address) -> Fill:
    """A true fill in the words of the domain."""
    return Fill(
        account=account,
        coin=truth.coin,
        side=Side(truth.side),
        px=truth.px,
        size=truth.size,
        venue_ms=truth.ms,
        trade_id=TradeId(truth.tid),
        oid=truth.oid,
        cloid=truth.cloid,
        start_position=truth.start_position,
        direction="",
        closed_pnl_usd=truth.closed_pnl_usd,
        fee=truth.fee,
        fee_token=truth.fee_token,
        is_taker=truth.is_taker,
    )


def positions_of(truth: AccountTruth) -> dict[str, Decimal]:
    """Signed sizes by coin; flat ones are absent."""
    return dict(truth.positions)
