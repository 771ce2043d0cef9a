"""Positions and profit, folded from fills and funding: per strategy, and for the account.

The venue nets: of one coin an account holds one position. Those of strategies are virtual, and with
the rest that nobody owns (`UNATTRIBUTED`) they sum to the account's, always:

    fill, funding ──▶ owner's position ─╮
                                        ├─ Σ sizes of all owners = the account's size
                  ──▶ account's position╯

Profit is not summed that way: two strategies may hold opposite sides of what nets to nothing.

What is held is kept as its cost, not as its average price: a price would have to be rounded at each
fill, while cost, cash and profit stay exact to the last digit.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

import msgspec

from hive.domain.account import Funding
from hive.domain.fill_shares import FillShare
from hive.domain.identifiers import StrategyId
from hive.domain.instruments import ZERO
from hive.domain.orders import Fill
from hive.portfolio.funding_shares import Change, RecentSizes, funding_shares

Owner = StrategyId | None
"""A strategy, or nobody."""

UNATTRIBUTED: Final = None
"""The owner of what no strategy of ours did: manual trades, liquidations, what was there before."""

_COST_STEP: Final = Decimal("1e-12")
"""Finer than any product of a legal price and size, so only divisions are ever rounded to it."""
_DOLLARS: Final = "USD"


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """What an owner holds of one coin, and what it has earned there. USD and coins, exact."""

    coin: str
    size: Decimal = ZERO
    """Signed."""
    cost_usd: Decimal = ZERO
    """What the present size was entered for; negative for a short."""
    realized_usd: Decimal = ZERO
    """Earned by closing, before fees and funding."""
    fees_usd: Decimal = ZERO
    funding_usd: Decimal = ZERO
    """Received; negative when more was paid."""
    volume_usd: Decimal = ZERO
    fills: int = 0

    @property
    def entry_px(self) -> Decimal | None:
        """The average price of what is held; None when flat."""
        return self.cost_usd / self.size if self.size else None

    def unrealized_usd(self, mark_px: Decimal) -> Decimal:
        """Profit of what is held at `mark_px` (USD per coin)."""
        return self.size * mark_px - self.cost_usd

    def profit_usd(self, mark_px: Decimal) -> Decimal:
        """Everything earned, after fees and funding, with the rest valued at `mark_px`."""
        earned = self.realized_usd + self.funding_usd - self.fees_usd
        return earned + self.unrealized_usd(mark_px)


def after_fill(position: Position, fill: Fill) -> Position:
    """The position with the fill in it; a fill past zero closes all and opens the rest."""
    signed = fill.signed_size
    held = position.size
    closed = ZERO
    if held and (held > 0) != (signed > 0):
        closed = max(-held, signed) if held > 0 else min(-held, signed)
    cost_of_closed = position.cost_usd if held + closed == 0 else _part(position, closed)
    value = fill.px * fill.size
    return Position(
        coin=position.coin,
        size=held + signed,
        cost_usd=position.cost_usd
        - (cost_of_closed if closed else ZERO)
        + (signed - closed) * fill.px,
        realized_usd=position.realized_usd
        + (-closed * fill.px - cost_of_closed if closed else ZERO),
        fees_usd=position.fees_usd + _fee_usd(fill),
        funding_usd=position.funding_usd,
        volume_usd=position.volume_usd + value,
        fills=position.fills + 1,
    )


def _part(position: Position, closed: Decimal) -> Decimal:
    """The cost of the part of a position that a fill of signed size `closed` takes away."""
    if not closed:
        return ZERO
    return (position.cost_usd * -closed / position.size).quantize(_COST_STEP, ROUND_HALF_EVEN)


def _fee_usd(fill: Fill) -> Decimal:
    """Fees in dollars; one taken in the coin itself (spot buys) is valued at the fill's price."""
    return fill.fee if fill.fee_token.startswith(_DOLLARS) else fill.fee * fill.px


class PositionsState(msgspec.Struct, frozen=True):
    """Everything that outlives a process."""

    account: tuple[Position, ...]
    owned: tuple[tuple[Owner, Position], ...]
    recent: tuple[Change, ...] = ()


class Positions:
    """One account's positions, by owner and as a whole."""

    def __init__(self) -> None:
        self._account: dict[str, Position] = {}
        self._owned: dict[str, dict[Owner, Position]] = {}
        self._recent = RecentSizes()

    def book_fill(self, fill: Fill, owner: Owner) -> Position:
        """Fold a fill into its owner's and the account's position; the owner's, after it.

        A fill must be booked once: telling repeats apart is the caller's.
        """
        coin = fill.coin
        owned = self._owned.setdefault(coin, {})
        mine = after_fill(owned.get(owner) or Position(coin=coin), fill)
        owned[owner] = mine
        self._recent.add(coin, owner, fill.signed_size, fill.venue_ms)
        self._account[coin] = after_fill(self._account.get(coin) or Position(coin=coin), fill)
        return mine

    def book_shares(self, fill: Fill, shares: Iterable[FillShare]) -> None:
        """Fold a fill that is several owners' into their positions, and whole into the account's.

        The shares sum to the fill.
        """
        coin = fill.coin
        owned = self._owned.setdefault(coin, {})
        for share in shares:
            before = owned.get(share.strategy) or Position(coin=coin)
            owned[share.strategy] = after_fill(before, share.of(fill))
            self._recent.add(coin, share.strategy, share.size, fill.venue_ms)
        self._account[coin] = after_fill(self._account.get(coin) or Position(coin=coin), fill)

    def book_inside(self, fill: Fill, owner: Owner) -> None:
        """Fold one side of a trade between two owners into his position; not the account's.

        The other side must be booked as well: together they change nothing that the venue knows.
        """
        owned = self._owned.setdefault(fill.coin, {})
        owned[owner] = after_fill(owned.get(owner) or Position(coin=fill.coin), fill)
        self._recent.add(fill.coin, owner, fill.signed_size, fill.venue_ms)

    def book_funding(self, funding: Funding) -> dict[Owner, Decimal]:
        """Split a payment by who held how much of the coin when it was due; it is the sum.

        Opposed owners pay and receive, each as if he were alone. What our sizes do not explain goes
        to nobody.
        """
        coin = funding.coin
        account = self._account.get(coin) or Position(coin=coin)
        owned = self._owned.setdefault(coin, {})
        held = self._recent.held_before(coin, funding.venue_ms, self.sizes(coin))
        shares = funding_shares(funding, held)
        for owner, usd in shares.items():
            before = owned.get(owner) or Position(coin=coin)
            owned[owner] = _with_funding(before, usd)
        self._account[coin] = _with_funding(account, funding.usd)
        return shares

    def anchor(self, coin: str, size: Decimal, entry_px: Decimal | None) -> Decimal:
        """Take the venue's word for the account's size; the size that nobody's position gained.

        For what was there before the first fill we know, and for a difference that stays
        unexplained. `entry_px` prices the difference; without it, it costs nothing.
        """
        account = self._account.get(coin) or Position(coin=coin)
        missing = size - account.size
        if missing:
            cost = missing * (entry_px or ZERO)
            self._account[coin] = _shifted(account, missing, cost)
            owned = self._owned.setdefault(coin, {})
            nobodys = owned.get(UNATTRIBUTED) or Position(coin=coin)
            owned[UNATTRIBUTED] = _shifted(nobodys, missing, cost)
        return missing

    def state(self) -> PositionsState:
        """All that is held, and what is remembered of how it came about."""
        return PositionsState(
            account=tuple(self._account.values()),
            owned=tuple(
                (owner, position)
                for owned in self._owned.values()
                for owner, position in owned.items()
            ),
            recent=self._recent.state(),
        )

    def restore(self, state: PositionsState) -> None:
        """Hold all this, and nothing else before."""
        for position in state.account:
            self._account[position.coin] = position
        for owner, position in state.owned:
            self._owned.setdefault(position.coin, {})[owner] = position
        for coin, at_ms, owner, signed in state.recent:
            self._recent.add(coin, owner, signed, at_ms)

    def of(self, owner: Owner, coin: str) -> Position:
        """What the owner holds of a coin; flat if it never had any."""
        owned = self._owned.get(coin)
        position = owned.get(owner) if owned else None
        return position or Position(coin=coin)

    def account(self, coin: str) -> Position:
        """What the account holds of a coin."""
        return self._account.get(coin) or Position(coin=coin)

    def size_of(self, owner: Owner, coin: str) -> Decimal:
        """How much of a coin the owner holds, signed."""
        owned = self._owned.get(coin)
        position = owned.get(owner) if owned else None
        return ZERO if position is None else position.size

    def account_size(self, coin: str) -> Decimal:
        """How much of a coin the account holds, signed."""
        position = self._account.get(coin)
        return ZERO if position is None else position.size

    def sizes(self, coin: str) -> dict[Owner, Decimal]:
        """The signed sizes of all who hold the coin, in the order of their first fills."""
        owned = self._owned.get(coin, {})
        return {owner: position.size for owner, position in owned.items() if position.size}

    def coins(self) -> list[str]:
        """Every coin that was ever held, in the order of its first fill."""
        return list(self._account)

    def owners(self, coin: str) -> list[Owner]:
        """Who ever held the coin."""
        return list(self._owned.get(coin, ()))

    def of_owner(self, owner: Owner) -> list[Position]:
        """All positions of an owner, flat ones included."""
        return [owned[owner] for owned in self._owned.values() if owner in owned]

    def traded_usd(self) -> dict[StrategyId, Decimal]:
        """Notional of all fills of each strategy, over all coins."""
        traded: dict[StrategyId, Decimal] = {}
        for owned in self._owned.values():
            for owner, position in owned.items():
                if owner is not None:
                    traded[owner] = traded.get(owner, ZERO) + position.volume_usd
        return traded

    def whole(self) -> list[Position]:
        """All positions of the account, flat ones included."""
        return list(self._account.values())


def _with_funding(position: Position, usd: Decimal) -> Position:
    return msgspec.structs.replace(position, funding_usd=position.funding_usd + usd)


def _shifted(position: Position, size: Decimal, cost_usd: Decimal) -> Position:
    return msgspec.structs.replace(
        position,
        size=position.size + size,
        cost_usd=position.cost_usd + cost_usd if position.size + size else ZERO,
    )
