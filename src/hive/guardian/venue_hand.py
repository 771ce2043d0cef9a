"""The guardian's way to the venue: one account, a key and a nonce sequence of its own, plain HTTP.

Nothing is shared with the trader: no socket, no lock, no journal. What it believes it asks for each
time, and what it sends can only cancel or reduce.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import count, repeat
from typing import Any, Final

import msgspec

from hive.domain.errors import Unanswered, VenueRefused
from hive.domain.identifiers import (
    DESK,
    Address,
    Cloid,
    CloidFields,
    pack_cloid,
)
from hive.domain.instruments import Universe
from hive.domain.orders import OrderReport
from hive.guardian.reach import (
    Names,
    cancels,
    closings,
    is_exit,
    orders_of,
    positions_of,
    twap_cancel,
    twaps_of,
)
from hive.guardian.vigil import Duty
from hive.hyperliquid import codec_requests
from hive.hyperliquid.actions import CancelAction, OrderAction, TwapCancelAction
from hive.hyperliquid.codec import (
    decode_all_mids,
    decode_clearinghouse_state,
    decode_meta,
    decode_open_orders,
    decode_spot_meta,
    decode_user_role,
    perp_instruments,
    spot_instruments,
)
from hive.hyperliquid.codec_exchange import Refused, decode_exchange_reply
from hive.hyperliquid.codec_twap import decode_twap_history
from hive.hyperliquid.limits import exchange_weight, info_rows_weight, info_weight
from hive.hyperliquid.signing import NonceSequence, Signer, signed_request
from hive.runtime.ports import Clock, Net

TIMEOUT_MS: Final = 2_000
TEXT_MAX: Final = 200
TWAPS_EVERY_MS: Final = 500
"""Their history is a heavy question: for the same duties it is asked for no more often."""
NS_BY_MS: Final = 1_000_000
_OK: Final = 200
_SEQUENCE_END: Final = 16**10


class Ward(msgspec.Struct, frozen=True, kw_only=True):
    """An account that is guarded, and how."""

    signer: Signer
    account: Address | None = None
    """None: whom the key is an agent of."""
    vault: Address | None = None
    """A sub-account or vault of the account's, which is guarded in its place."""
    is_mainnet: bool = False
    slippage_pct: Decimal = Decimal(2)


class Done(msgspec.Struct, frozen=True):
    """What one pass found and sent."""

    orders: int
    """Open orders and running TWAPs that were to be cancelled."""
    positions: int
    """Positions that were to be closed."""

    @property
    def is_clear(self) -> bool:
        return not (self.orders or self.positions)


class VenueHand:
    """Carries duties out on one account."""

    def __init__(self, net: Net, clock: Clock, url: str, ward: Ward, nonces: NonceSequence) -> None:
        """`url` is the venue's root; `nonces` are the key's, whatever it guards besides."""
        self._net = net
        self._clock = clock
        self._url = url.rstrip("/")
        self._ward = ward
        self._nonces = nonces
        self._universe = Universe([])
        self._weight = 0
        self._account: Address | None = None
        self._closings = count(clock.now_ms() % _SEQUENCE_END)
        self._twap_duties: tuple[Duty, ...] = ()
        self._twaps_due_ms = 0
        self._twaps = 0
        """How many ran at the last look."""

    @property
    def account(self) -> Address:
        """The account, once `meet` has returned."""
        assert self._account is not None
        return self._account

    async def meet(self) -> None:
        """Learn what the venue lists, and whose agent we are.

        Raises:
            LinkError: the venue cannot be reached.
            VenueRefused: the key is no agent of the account.
        """
        own = self._ward.signer.address
        role = decode_user_role(await self._info(codec_requests.user_role(own)))
        hint = (
            f"approve {own} as an agent of the account, under a name of its own: in the venue's"
            " pages, or, with the account's own key, `hive guardian CONFIG.yml --approve`"
        )
        if role.role != "agent" or role.master is None:
            raise VenueRefused(f"the guardian's key {own} is nobody's agent", hint=hint)
        if self._ward.account not in (None, role.master):
            raise VenueRefused(
                f"the guardian's key is an agent of {role.master}, not of {self._ward.account}",
                hint=hint,
            )
        self._account = self._ward.vault or role.master
        await self._learn_coins()

    async def _learn_coins(self) -> None:
        """What the venue lists: also what nobody here trades, for all of an account is stopped."""
        perps = perp_instruments(decode_meta(await self._info(codec_requests.meta())))
        spots = decode_spot_meta(await self._info(codec_requests.spot_meta()))
        self._universe = Universe([*perps, *spot_instruments(spots)])

    def take_weight(self) -> int:
        """What was asked and sent since the last call, as the venue counts it."""
        weight, self._weight = self._weight, 0
        return weight

    async def carry_out(self, duties: Iterable[Duty], names: Names) -> Done:
        """Cancel and close what the duties say; each call is one pass.

        Raises:
            LinkError, VenueError: the venue cannot be reached, or says no.
        """
        duties = tuple(duties)
        body = await self._info(codec_requests.open_orders(self.account))
        found = decode_open_orders(body, self._clock.now_ms())
        wanted = orders_of(duties, found, self.account, names)
        if any(order.coin not in self._universe for order in wanted):
            await self._learn_coins()  # listed since
        is_closing = any(duty.closes for duty in duties)
        triggers = [] if is_closing else [order for order in wanted if order.trigger is not None]
        at_once = [order for order in wanted if order not in triggers]
        await self._cancel(at_once)
        entries = await self._without_exits(triggers)
        await self._cancel(entries)
        twaps = await self._end_twaps(duties)
        held = await self._held(duties) if is_closing else {}
        if held:
            await self._close(held, names)
        return Done(len(at_once) + len(entries) + twaps, len(held))

    async def _cancel(self, orders: list[OrderReport]) -> None:
        for action in cancels(orders, self._universe):
            await self._send(action)

    async def _end_twaps(self, duties: tuple[Duty, ...]) -> int:
        """End those that run; how many did at the last look."""
        now_ms = self._clock.monotonic_ns() // NS_BY_MS
        if duties == self._twap_duties and now_ms < self._twaps_due_ms:
            return self._twaps
        request = codec_requests.twap_history(self.account)
        body = await self._info(request)
        history = decode_twap_history(body)
        self._weight += info_rows_weight(request["type"], len(history))
        running = twaps_of(duties, history, self.account)
        for report in running:
            action = twap_cancel(report, self._universe)
            if action is not None:
                await self._send(action)
        self._twap_duties, self._twaps_due_ms = duties, now_ms + TWAPS_EVERY_MS
        self._twaps = len(running)
        return self._twaps

    async def _without_exits(self, triggers: list[OrderReport]) -> list[OrderReport]:
        """Those that the account's position does not need; asked only where there are any."""
        if not triggers:
            return []
        body = await self._info(codec_requests.clearinghouse_state(self.account))
        state = decode_clearinghouse_state(body, self.account)
        sizes = {position.coin: position.size for position in state.positions}
        return [order for order in triggers if not is_exit(order, sizes)]

    async def _held(self, duties: tuple[Duty, ...]) -> dict[str, Decimal]:
        body = await self._info(codec_requests.clearinghouse_state(self.account))
        return positions_of(duties, decode_clearinghouse_state(body, self.account), self.account)

    async def _close(self, held: dict[str, Decimal], names: Names) -> None:
        body = await self._info(codec_requests.all_mids())
        mids = decode_all_mids(body, self._clock.monotonic_ns()).px_by_coin

        def mark_px(coin: str) -> Decimal | None:
            px = mids.get(coin)
            return None if px is None else Decimal(repr(px))

        action = closings(
            held,
            self._universe,
            mark_px,
            slippage_pct=self._ward.slippage_pct,
            cloids=self._cloids(names),
        )
        if action is not None:
            await self._send(action)

    def _cloids(self, names: Names) -> Iterable[Cloid | None]:
        """Names by which the trader will know that its own side closed, and divide what it did."""
        if DESK not in names.strategies:
            return repeat(None)
        index = names.strategies.index(DESK) + 1
        account = names.accounts.index(self.account) + 1 if self.account in names.accounts else 0
        return (
            pack_cloid(CloidFields(names.instance, account, index, 0, number % _SEQUENCE_END))
            for number in self._closings
        )

    async def _info(self, request: dict[str, Any]) -> bytes:
        self._weight += info_weight(request["type"])
        reply = await self._net.post(
            f"{self._url}/info", msgspec.json.encode(request), timeout_ms=TIMEOUT_MS
        )
        if reply.status != _OK:
            text = reply.body[:TEXT_MAX].decode(errors="replace")
            raise VenueRefused(f"{request['type']}: HTTP {reply.status} {text}")
        return reply.body

    async def _send(self, action: CancelAction | OrderAction | TwapCancelAction) -> None:
        """Send once; what came of it shows in the next pass.

        Raises:
            NotSent: it never left.
            VenueRefused: the venue takes nothing from this key.
        """
        self._weight += exchange_weight(_length(action))
        nonce = self._nonces.next(self._clock.now_ms())
        ward = self._ward
        signature = ward.signer.sign_l1(action, nonce, is_mainnet=ward.is_mainnet, vault=ward.vault)
        body = signed_request(action, nonce, signature, vault=ward.vault)
        try:
            reply = await self._net.post(f"{self._url}/exchange", body, timeout_ms=TIMEOUT_MS)
        except Unanswered:
            return
        if reply.status != _OK:
            raise VenueRefused(f"HTTP {reply.status} to an action")
        answer = decode_exchange_reply(reply.body)
        if isinstance(answer, Refused):
            raise VenueRefused(answer.reason)


def _length(action: CancelAction | OrderAction | TwapCancelAction) -> int:
    match action:
        case CancelAction(cancels=wires) | OrderAction(orders=wires):
            return len(wires)
    return 1
