"""What the journal of an account holds: our own deeds and what came of them, in order.

    boot, (sent orders | sent replaces | sent cancels | sent setting)*, what came of them …

An action is one record, written before its bytes leave: whatever the process dies of afterwards,
the next one knows every order it may find, the strategy of each, the nonce and the expiry. A record
is never changed; fields are only ever added, with a default, so old journals stay readable.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from hive.domain.account import Funding
from hive.domain.fill_shares import FillShare
from hive.domain.identifiers import Address, Cloid, Oid, StrategyId
from hive.domain.orders import Fill, OrderCause, OrderIntent, ReplaceIntent
from hive.domain.twaps import TwapIntent, TwapNews


class BootRecord(msgspec.Struct, frozen=True, tag="boot"):
    """A process began; every cloid with this epoch is its."""

    account: Address
    epoch: int
    began_ms: int
    nonce_floor: int = 0
    """Nonces of the process are above it."""


class OrdersSentRecord(msgspec.Struct, frozen=True, tag="orders"):
    """These orders are about to leave in one signed action, or may have left."""

    nonce: int
    sent_ms: int
    expires_ms: int
    intents: tuple[OrderIntent, ...]


class ReplacesSentRecord(msgspec.Struct, frozen=True, tag="replaces"):
    """These replaces are about to leave; their sizes are totals."""

    nonce: int
    sent_ms: int
    expires_ms: int
    replaces: tuple[ReplaceIntent, ...]


class CancelsSentRecord(msgspec.Struct, frozen=True, tag="cancels"):
    """These cancels are about to leave, by cloid or (of legs nobody knows) by oid."""

    nonce: int
    sent_ms: int
    cloids: tuple[Cloid, ...] = ()
    oids: tuple[Oid, ...] = ()


class SettingSentRecord(msgspec.Struct, frozen=True, tag="setting"):
    """A change of the account's settings is about to leave."""

    nonce: int
    sent_ms: int
    text: str


class UnsentRecord(msgspec.Struct, frozen=True, tag="unsent"):
    """What was about to leave for these orders just now has not: the way out was closed."""

    cloids: tuple[Cloid, ...]


class LegRecord(msgspec.Struct, frozen=True, tag="leg"):
    """The venue gave this order this oid: attributes what names only an oid.

    What the order wants with it stands beside it, unless an old Hive wrote the record.
    """

    cloid: Cloid
    oid: Oid
    size: Decimal | None = None
    """Of the order, in all."""
    limit_px: Decimal | None = None
    is_current: bool = True
    """The order rests under this leg; else the leg was over when it was first heard of."""


class ReplaceEndRecord(msgspec.Struct, frozen=True, tag="no replace"):
    """The order's replace that was on its way did not happen."""

    cloid: Cloid


class AdoptedRecord(msgspec.Struct, frozen=True, tag="adopted"):
    """An open order of ours was found that no earlier record tells of."""

    intent: OrderIntent
    oid: Oid


class ChildEndRecord(msgspec.Struct, frozen=True, tag="child end"):
    """An order that its entry's record names is over before it was ever sent."""

    cloid: Cloid


class OrderEndRecord(msgspec.Struct, frozen=True, tag="end"):
    """An order is over, on the venue's evidence."""

    cloid: Cloid
    cause: OrderCause
    reason: str
    ended_ms: int


class TwapSentRecord(msgspec.Struct, frozen=True, tag="twap"):
    """A TWAP is about to be asked for, or may have been."""

    nonce: int
    sent_ms: int
    expires_ms: int
    intent: TwapIntent


class TwapBoundRecord(msgspec.Struct, frozen=True, tag="twap bound"):
    """The venue runs it under this number: attributes its fills, which name nothing of ours."""

    cloid: Cloid
    twap_id: int


class TwapEndRecord(msgspec.Struct, frozen=True, tag="twap end"):
    """A TWAP is over, on the venue's evidence."""

    cloid: Cloid
    news: TwapNews
    reason: str
    ended_ms: int


class FillRecord(msgspec.Struct, frozen=True, tag="fill"):
    """A fill was booked; None is nobody's. One that the venue forced is divided into `shares`."""

    fill: Fill
    strategy: StrategyId | None
    shares: tuple[FillShare, ...] = ()


class CrossedRecord(msgspec.Struct, frozen=True, tag="crossed"):
    """Two strategies traded with each other inside; the venue knows nothing of it."""

    buyer: StrategyId
    bought: Fill
    seller: StrategyId
    sold: Fill


class FundingRecord(msgspec.Struct, frozen=True, tag="funding"):
    """A funding payment was booked."""

    funding: Funding


class CorrectionRecord(msgspec.Struct, frozen=True, tag="correction"):
    """The account's size of a coin was set to the venue's word; the difference is nobody's."""

    coin: str
    before: Decimal
    after: Decimal
    entry_px: Decimal | None
    reason: str
    corrected_ms: int


class HaltedRecord(msgspec.Struct, frozen=True, tag="halted"):
    """The account takes no new risk from here on: something about what it holds is unexplained."""

    reason: str
    halted_ms: int


class ResumedRecord(msgspec.Struct, frozen=True, tag="resumed"):
    """A person has looked and takes the books as they are."""

    by: str
    resumed_ms: int


class LossRecord(msgspec.Struct, frozen=True, tag="loss"):
    """What losses are measured against, so that a restart resets no limit; None is the account.

    USD of profit since the books began: as the day (since 1970, UTC) began, at its highest, now.
    """

    strategy: StrategyId | None
    day: int
    began_usd: Decimal
    peak_usd: Decimal
    last_usd: Decimal
    kept_ms: int


class PurseRecord(msgspec.Struct, frozen=True, tag="purse"):
    """So many actions are put aside for a strategy, of each kind, because it has earned them."""

    strategy: StrategyId
    immediate: int
    """For orders that trade at once or end."""
    resting: int


class SweptRecord(msgspec.Struct, frozen=True, tag="swept"):
    """Every fill of the account before this moment of the venue's is in the journal."""

    certain_ms: int


class FundingSweptRecord(msgspec.Struct, frozen=True, tag="funding_swept"):
    """Every funding payment before this moment of the venue's is in the journal."""

    certain_ms: int


class StateRecord(msgspec.Struct, frozen=True, tag="state"):
    """A piece of everything that the records before it say; `left` more follow to make it whole."""

    left: int
    piece: bytes


Record = (
    BootRecord
    | OrdersSentRecord
    | ReplacesSentRecord
    | CancelsSentRecord
    | SettingSentRecord
    | UnsentRecord
    | LegRecord
    | ReplaceEndRecord
    | AdoptedRecord
    | ChildEndRecord
    | OrderEndRecord
    | TwapSentRecord
    | TwapBoundRecord
    | TwapEndRecord
    | FillRecord
    | CrossedRecord
    | FundingRecord
    | CorrectionRecord
    | HaltedRecord
    | ResumedRecord
    | LossRecord
    | PurseRecord
    | SweptRecord
    | FundingSweptRecord
    | StateRecord
)
"""Everything that may stand in an account's journal."""

Standing = HaltedRecord | ResumedRecord | LossRecord | PurseRecord
"""Of these only the latest counts, of each of what they are about; so a state repeats it."""


def standing_key(record: Standing) -> tuple[str, ...]:
    """What the record is about."""
    if isinstance(record, PurseRecord):
        return ("purse", record.strategy)
    if isinstance(record, LossRecord):
        return ("loss",) if record.strategy is None else ("loss", record.strategy)
    return ("halt",)
