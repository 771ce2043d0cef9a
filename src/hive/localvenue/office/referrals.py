"""Referral codes, who came through whom, and what builders have earned (protocol.md 2.4).

Fees are not shared between referrer and referred here; only builder fees are rewards.
"""

from __future__ import annotations

from typing import Final

import msgspec

from hive.domain.identifiers import Address
from hive.localvenue.office.account_rules import AccountRules
from hive.localvenue.office.sub_accounts import volume_text
from hive.localvenue.units import USD

CODES_MAX: Final = 10_000

NOT_REGISTERED: Final = "Referral code not registered"
NOTHING_TO_CLAIM: Final = "No rewards to claim"
ALREADY_REFERRED: Final = "Referrer already set"
OWN_CODE: Final = "Cannot use own referral code"
CODE_TAKEN: Final = "Referral code already taken"
CODE_MADE: Final = "Referral code already created"
"""These four are in our words: what the venue says is not known."""


class Referred(msgspec.Struct, frozen=True):
    """Who named a code, and when."""

    user: Address
    referrer: Address
    code: str
    joined_ms: int


class Referrals:
    """All codes and rewards."""

    def __init__(self, rules: AccountRules) -> None:
        self._rules = rules
        self._owner_by_code: dict[str, Address] = {}
        self._code_by_owner: dict[Address, str] = {}
        self._referred: dict[Address, Referred] = {}
        self._came_through: dict[Address, list[Referred]] = {}
        self._unclaimed_usd: dict[Address, int] = {}
        self._claimed_usd: dict[Address, int] = {}

    # --- codes ---

    def register(self, owner: Address, code: str, volume_usd: int) -> str | None:
        """Make a code; or the words for why not. `volume_usd` is traded, in millionths."""
        required_usd = self._rules.referral_volume_usd
        refusal = None
        if volume_usd < required_usd * USD:
            refusal = (
                "Cannot generate referral code until enough volume traded. "
                f"Required: ${required_usd}. Traded: ${volume_text(volume_usd)}."
            )
        elif owner in self._code_by_owner:
            refusal = CODE_MADE
        elif code in self._owner_by_code or len(self._owner_by_code) >= CODES_MAX:
            refusal = CODE_TAKEN
        else:
            self._owner_by_code[code] = owner
            self._code_by_owner[owner] = code
        return refusal

    def refer(self, user: Address, code: str, now_ms: int) -> str | None:
        """Name who an account came through, once; or the words for why not."""
        referrer = self._owner_by_code.get(code)
        refusal = None
        if referrer is None:
            refusal = NOT_REGISTERED
        elif referrer == user:
            refusal = OWN_CODE
        elif user in self._referred:
            refusal = ALREADY_REFERRED
        else:
            row = self._referred[user] = Referred(user, referrer, code, now_ms)
            self._came_through.setdefault(referrer, []).append(row)
        return refusal

    def code_of(self, owner: Address) -> str | None:
        return self._code_by_owner.get(owner)

    def referred(self, user: Address) -> Referred | None:
        return self._referred.get(user)

    def came_through(self, referrer: Address) -> list[Referred]:
        return list(self._came_through.get(referrer, ()))

    # --- rewards ---

    def reward(self, builder: Address, usd: int) -> None:
        """A builder's fee, taken from whoever traded; it waits to be claimed."""
        assert usd >= 0
        self._unclaimed_usd[builder] = self.unclaimed_usd(builder) + usd

    def unclaimed_usd(self, user: Address) -> int:
        return self._unclaimed_usd.get(user, 0)

    def claimed_usd(self, user: Address) -> int:
        return self._claimed_usd.get(user, 0)

    @property
    def waiting_usd(self) -> int:
        """All that nobody has claimed yet."""
        return sum(self._unclaimed_usd.values())

    def claim(self, user: Address) -> int:
        """Take all that waits; how much it was."""
        usd = self._unclaimed_usd.pop(user, 0)
        self._claimed_usd[user] = self.claimed_usd(user) + usd
        return usd
