"""Vaults: accounts that a leader trades for all who hold a share of them (venue.md 5).

A share is worth its part of the vault's equity. Who deposits gets shares at that worth, who
withdraws gives them back; what rounding leaves stays in the vault. A leader earns a commission on
what followers have gained when they withdraw.
"""

from __future__ import annotations

from hive.domain.identifiers import Address
from hive.localvenue.accounts.account import Account
from hive.localvenue.office.sub_accounts import derived_address
from hive.localvenue.units import divided


class Follower:
    """Who holds shares of a vault; its leader is one, too."""

    __slots__ = ("basis_usd", "entered_ms", "gained_usd", "locked_until_ms", "shares")

    def __init__(self, now_ms: int) -> None:
        self.shares = 0
        self.basis_usd = 0
        """What the shares were bought for."""
        self.gained_usd = 0
        """Profit of what was withdrawn or paid out."""
        self.entered_ms = now_ms
        self.locked_until_ms = now_ms


class Vault:
    """One vault. Its money is an account's, so all of that account's questions are answered."""

    def __init__(
        self, account: Account, leader: Address, name: str, description: str, now_ms: int
    ) -> None:
        self.account = account
        self.leader = leader
        self.name = name
        self.description = description
        self.created_ms = now_ms
        self.followers: dict[Address, Follower] = {}
        self.shares = 0
        self.is_closed = False
        self.is_open_to_deposits = True
        self.is_closing_on_withdrawal = False

    @property
    def address(self) -> Address:
        return self.account.address

    def worth_usd(self, user: Address, equity_usd: int) -> int:
        """What the user's shares are worth, cut to the millionth."""
        follower = self.followers.get(user)
        if follower is None or equity_usd <= 0:
            return 0
        return follower.shares * equity_usd // self.shares

    def buy(self, user: Address, usd: int, equity_usd: int, *, now_ms: int, lockup_ms: int) -> None:
        """Shares for `usd`; `equity_usd` is what the vault is worth without them."""
        assert usd > 0
        assert not self.shares or equity_usd > 0
        shares = usd * self.shares // equity_usd if self.shares else usd
        follower = self.followers.setdefault(user, Follower(now_ms))
        follower.shares += shares
        follower.basis_usd += usd
        follower.locked_until_ms = now_ms + lockup_ms
        self.shares += shares

    def sell(self, user: Address, usd: int, equity_usd: int) -> int:
        """Give back shares worth `usd`; what these had been bought for."""
        follower = self.followers[user]
        is_all = usd == self.worth_usd(user, equity_usd)
        wanted = -(-usd * self.shares // equity_usd)
        shares = follower.shares if is_all else min(wanted, follower.shares)
        basis_usd = divided(follower.basis_usd * shares, follower.shares)
        follower.shares -= shares
        follower.basis_usd -= basis_usd
        follower.gained_usd += usd - basis_usd
        self.shares -= shares
        if not follower.shares:
            del self.followers[user]
        return basis_usd

    def parts(self, usd: int) -> dict[Address, int]:
        """`usd` shared out among all who hold shares, cut to the millionth."""
        return {user: usd * each.shares // self.shares for user, each in self.followers.items()}

    def pay_out(self, user: Address, usd: int) -> None:
        """Note what a holder was paid without giving shares back."""
        follower = self.followers[user]
        returned_usd = min(usd, follower.basis_usd)
        follower.basis_usd -= returned_usd
        follower.gained_usd += usd - returned_usd


class Vaults:
    """All vaults, oldest first."""

    def __init__(self) -> None:
        self._by_address: dict[Address, Vault] = {}

    def new_address(self, leader: Address) -> Address:
        """The address of the leader's next vault."""
        return derived_address("vault", leader, len(self.led_by(leader)))

    def add(self, vault: Vault) -> None:
        self._by_address[vault.address] = vault

    def of_address(self, address: Address) -> Vault | None:
        return self._by_address.get(address)

    def all(self) -> list[Vault]:
        return list(self._by_address.values())

    def led_by(self, leader: Address) -> list[Vault]:
        return [vault for vault in self._by_address.values() if vault.leader == leader]

    def followed_by(self, user: Address) -> list[Vault]:
        """Those of which the user holds shares."""
        return [vault for vault in self._by_address.values() if user in vault.followers]
