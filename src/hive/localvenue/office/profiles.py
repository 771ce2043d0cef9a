"""What accounts have chosen for themselves: names, modes and flags (protocol.md 1.3, 2.4)."""

from __future__ import annotations

from typing import Final, Literal

from hive.domain.identifiers import Address

Abstraction = Literal["default", "disabled", "unifiedAccount", "portfolioMargin"]

ALREADY_OPTED_OUT: Final = "Already opted out of spot dusting"
ALREADY_OPTED_IN: Final = "Already opted in to spot dusting"
"""The second one is in our words."""


class Profile:
    """One account's choices."""

    __slots__ = (
        "abstraction",
        "display_name",
        "is_dex_abstracted",
        "is_dusting_opted_out",
        "is_using_big_blocks",
    )

    def __init__(self) -> None:
        self.abstraction: Abstraction = "default"
        self.is_dex_abstracted: bool | None = None
        """None until it was ever chosen."""
        self.display_name = ""
        self.is_dusting_opted_out = False
        self.is_using_big_blocks = False

    def opt_out_of_dusting(self, *, is_out: bool) -> str | None:
        """Choose; or the words for that it was so before."""
        if self.is_dusting_opted_out is is_out:
            return ALREADY_OPTED_OUT if is_out else ALREADY_OPTED_IN
        self.is_dusting_opted_out = is_out
        return None


class Profiles:
    """All accounts' choices."""

    def __init__(self) -> None:
        self._profiles: dict[Address, Profile] = {}

    def of(self, user: Address) -> Profile:
        """To be read; a fresh one for who never chose anything."""
        return self._profiles.get(user) or Profile()

    def change(self, user: Address) -> Profile:
        """To be changed."""
        return self._profiles.setdefault(user, Profile())
