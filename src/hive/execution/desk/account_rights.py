"""May this key trade this account, and does the venue know it?

The venue answers a question about the wrong address with an empty account, not with an error: taken
for the truth it would read as "flat". And a key that may not trade finds out with its first order.
So both are asked before anything else, once for each key however many accounts it trades.

    the key itself, or the master whose agent it is      = master
    the account is the master's own                        no vault named in actions
    … a sub-account of the master, a vault it leads        named as `vaultAddress`
"""

from __future__ import annotations

from hive.domain.errors import OperatorError
from hive.domain.identifiers import Address
from hive.execution.ports import InfoRequests
from hive.hyperliquid import codec_requests
from hive.hyperliquid.codec_info import UserRole, decode_user_role
from hive.hyperliquid.codec_relations import Agent, decode_extra_agents, decode_vault_leader


class AgentGone(OperatorError):
    """The venue does not take the key for an agent of the account (any more)."""


class AccountRights:
    """Asks the venue who may trade what, and remembers."""

    def __init__(self, info: InfoRequests) -> None:
        self._info = info
        self._role_by_address: dict[Address, UserRole] = {}
        self._agents_by_master: dict[Address, tuple[Agent, ...]] = {}

    async def role_of(self, address: Address) -> UserRole:
        """What the venue takes an address for, asked until it knows it."""
        role = self._role_by_address.get(address)
        if role is None:
            role = decode_user_role(await self._info.info(codec_requests.user_role(address)))
            if role.role != "missing":
                self._role_by_address[address] = role
        return role

    async def master_of(self, signer: Address) -> Address:
        """Whose account the key trades: its master's if it is an agent's, else its own."""
        role = await self.role_of(signer)
        return role.master if role.role == "agent" and role.master else signer

    def forget(self, signer: Address) -> None:
        """What was known of a key may be over."""
        role = self._role_by_address.pop(signer, None)
        if role is not None and role.master is not None:
            self._agents_by_master.pop(role.master, None)

    async def valid_until_ms(self, signer: Address) -> int | None:
        """When the key ceases to be an agent; None if it is none, or has no end."""
        role = await self.role_of(signer)
        if role.role != "agent" or role.master is None:
            return None
        agents = self._agents_by_master.get(role.master, ())
        if all(agent.address != signer for agent in agents):  # approved since, perhaps
            body = await self._info.info(codec_requests.extra_agents(role.master))
            agents = self._agents_by_master[role.master] = decode_extra_agents(body)
        return next((agent.valid_until_ms for agent in agents if agent.address == signer), None)

    async def check(
        self,
        signer: Address,
        account: Address,
        vault: Address | None,
        *,
        holds_positions: bool,
    ) -> None:
        """Return if the key trades the account, in the way it is about to.

        `vault` is what actions name: None where the account is the master's own.

        Raises:
            AgentGone: it does not.
            OperatorError: the venue does not know what our journal says we hold.
        """
        role = await self.role_of(signer)
        master = await self.master_of(signer)
        if vault is None and master != account:
            raise AgentGone(
                f"the key of {signer} ({role.role}) does not trade {account}",
                hint="approve it as an agent of the account, or name its own account",
            )
        if vault is not None and not await self._leads(master, vault):
            raise AgentGone(
                f"{vault} is no sub-account of {master} and no vault that it leads",
                hint="trade_for names a sub-account or a vault of the key's own account",
            )
        if role.role == "missing" and holds_positions:
            raise OperatorError(
                f"the venue does not know {account}, and our journal says it holds positions",
                hint="is this the right venue, and the right network?",
            )

    async def _leads(self, master: Address, vault: Address) -> bool:
        role = await self.role_of(vault)
        if role.role == "subAccount":
            return role.master == master
        if role.role != "vault":
            return False
        body = await self._info.info(codec_requests.vault_details(vault))
        return decode_vault_leader(body) == master
