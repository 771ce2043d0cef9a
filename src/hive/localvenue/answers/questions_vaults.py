"""Questions about vaults and those who hold shares of them."""

from __future__ import annotations

from typing import Final

from hive.domain.identifiers import Address
from hive.localvenue.answers.question_forms import Found, Json, Moment, Question
from hive.localvenue.office.account_office import AccountOffice
from hive.localvenue.office.account_rules import DAY_MS, HOUR_MS
from hive.localvenue.office.vault_actions import BPS
from hive.localvenue.office.vaults import Follower, Vault
from hive.localvenue.units import USD, usd_text

NEW_MS: Final = 2 * HOUR_MS
"""`vaultSummaries` lists vaults this young."""
FOLLOWERS_SHOWN: Final = 100
YEAR_DAYS: Final = 365


class VaultQuestions:
    """Answers about vaults."""

    def __init__(self, office: AccountOffice) -> None:
        self._office = office
        self._vaults = office.registry.vaults
        self.by_type: dict[str, Question] = {
            "userVaultEquities": self._equities,
            "leadingVaults": self._leading,
            "vaultSummaries": self._summaries,
            "vaultDetails": self._details,
        }

    def _equities(self, request: Json, _moment: Moment) -> Found:
        user = Address(request["user"])
        return Found(
            [
                {
                    "vaultAddress": vault.address,
                    "equity": usd_text(vault.worth_usd(user, self._equity_usd(vault))),
                    "lockedUntilTimestamp": vault.followers[user].locked_until_ms,
                }
                for vault in self._vaults.followed_by(user)
            ]
        )

    def _leading(self, request: Json, _moment: Moment) -> Found:
        led = self._vaults.led_by(Address(request["user"]))
        return Found([{"address": vault.address, "name": vault.name} for vault in led])

    def _summaries(self, _request: Json, moment: Moment) -> Found:
        return Found(
            [
                {
                    "name": vault.name,
                    "vaultAddress": vault.address,
                    "leader": vault.leader,
                    "tvl": usd_text(max(0, self._equity_usd(vault))),
                    "isClosed": vault.is_closed,
                    "relationship": {"type": "normal"},
                    "createTimeMillis": vault.created_ms,
                }
                for vault in self._vaults.all()
                if moment.now_ms - vault.created_ms < NEW_MS
            ]
        )

    def _details(self, request: Json, moment: Moment) -> Found:
        """null for what is no vault."""
        vault = self._vaults.of_address(Address(request["vaultAddress"]))
        if vault is None:
            return Found(None)
        user = Address(request.get("user", ""))
        own = vault.followers.get(user)
        equity = self._equity_usd(vault)
        leader_usd = vault.worth_usd(vault.leader, equity)
        free_usd = self._office.cash.withdrawable_usd(vault.account)
        rules = self._office.registry.rules
        return Found(
            {
                "name": vault.name,
                "vaultAddress": vault.address,
                "leader": vault.leader,
                "description": vault.description,
                "portfolio": self._office.portfolios.shown(vault.account),
                "apr": self._yearly(vault, equity, moment),
                "followerState": own and self._follower(vault, user, own, moment),
                "leaderFraction": leader_usd / equity if equity > 0 else 0.0,
                "leaderCommission": rules.vault_commission_bps / BPS,
                "followers": [
                    self._follower(vault, each, vault.followers[each], moment)
                    for each in self._by_worth(vault)
                ],
                "maxDistributable": free_usd / USD,
                "maxWithdrawable": min(vault.worth_usd(user, equity), free_usd) / USD,
                "isClosed": vault.is_closed,
                "relationship": {"type": "normal"},
                "allowDeposits": vault.is_open_to_deposits and not vault.is_closed,
                "alwaysCloseOnWithdraw": vault.is_closing_on_withdrawal,
            }
        )

    def _by_worth(self, vault: Vault) -> list[Address]:
        shares = {user: each.shares for user, each in vault.followers.items()}
        return sorted(shares, key=shares.__getitem__, reverse=True)[:FOLLOWERS_SHOWN]

    def _follower(self, vault: Vault, user: Address, each: Follower, moment: Moment) -> Json:
        worth_usd = vault.worth_usd(user, self._equity_usd(vault))
        gain_usd = worth_usd - each.basis_usd
        return {
            "user": "Leader" if user == vault.leader else user,
            "vaultEquity": usd_text(worth_usd),
            "pnl": usd_text(gain_usd),
            "allTimePnl": usd_text(gain_usd + each.gained_usd),
            "daysFollowing": (moment.now_ms - each.entered_ms) // DAY_MS,
            "vaultEntryTime": each.entered_ms,
            "lockupUntil": each.locked_until_ms,
        }

    def _yearly(self, vault: Vault, equity: int, moment: Moment) -> float:
        """What the vault has gained of its present worth, as if it went on so for a year."""
        days = (moment.now_ms - vault.created_ms) // DAY_MS
        if days == 0 or equity <= 0:
            return 0.0
        return (equity - vault.account.paid_in_usd) / equity * YEAR_DAYS / days

    def _equity_usd(self, vault: Vault) -> int:
        return self._office.vaults.equity_usd(vault)
