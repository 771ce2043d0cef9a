"""L1 actions about accounts and money, and not about orders (protocol.md 2.4).

Hive sends none of them; the local venue carries them out. Fields stand in the order in which they
are signed. An agent may sign any of these: none moves money to somebody else.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from hive.hyperliquid.l1_action import L1Action
from hive.hyperliquid.number_text import Unsigned

SubAccountName = Annotated[str, msgspec.Meta(min_length=1, max_length=16)]

# --- sub-accounts ------------------------------------------------------------------------------


class CreateSubAccountAction(L1Action, frozen=True, tag="createSubAccount"):
    name: SubAccountName


class SubAccountModifyAction(L1Action, frozen=True, tag="subAccountModify"):
    """Give a sub-account another name."""

    sub_account_user: str
    name: SubAccountName


class SubAccountTransferAction(L1Action, frozen=True, tag="subAccountTransfer"):
    """`usd` in millionths."""

    sub_account_user: str
    is_deposit: bool
    usd: Unsigned


class SubAccountSpotTransferAction(L1Action, frozen=True, tag="subAccountSpotTransfer"):
    sub_account_user: str
    is_deposit: bool
    token: str
    amount: str


# --- vaults ------------------------------------------------------------------------------------


class CreateVaultAction(L1Action, frozen=True, tag="createVault"):
    """`initial_usd` in millionths; the inner nonce is the envelope's."""

    name: Annotated[str, msgspec.Meta(min_length=3, max_length=50)]
    description: Annotated[str, msgspec.Meta(min_length=10, max_length=250)]
    initial_usd: Unsigned
    nonce: Unsigned


class VaultTransferAction(L1Action, frozen=True, tag="vaultTransfer"):
    """`usd` in millionths."""

    vault_address: str
    is_deposit: bool
    usd: Unsigned


class VaultModifyAction(L1Action, frozen=True, tag="vaultModify"):
    """What is None stays as it is, and is signed and sent as null."""

    vault_address: str
    allow_deposits: bool | msgspec.UnsetType | None = msgspec.UNSET
    always_close_on_withdraw: bool | msgspec.UnsetType | None = msgspec.UNSET


class VaultDistributeAction(L1Action, frozen=True, tag="vaultDistribute"):
    """Pay `usd` millionths out to all who hold a share; 0 closes the vault."""

    vault_address: str
    usd: Unsigned


# --- the account -------------------------------------------------------------------------------


class AgentSendAssetAction(L1Action, frozen=True, tag="agentSendAsset"):
    """As `sendAsset`, by an agent, and only to the same user or its sub-accounts."""

    destination: str
    source_dex: str
    destination_dex: str
    token: str
    amount: str
    from_sub_account: str
    nonce: Unsigned


class AgentSetAbstractionAction(L1Action, frozen=True, tag="agentSetAbstraction"):
    """i: disabled, u: unified account, p: portfolio margin."""

    abstraction: Literal["i", "u", "p"]


class AgentEnableDexAbstractionAction(L1Action, frozen=True, tag="agentEnableDexAbstraction"):
    pass


class RegisterReferrerAction(L1Action, frozen=True, tag="registerReferrer"):
    """Make a code by which others name this account as their referrer."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]


class SetReferrerAction(L1Action, frozen=True, tag="setReferrer"):
    code: str


class ClaimRewardsAction(L1Action, frozen=True, tag="claimRewards"):
    pass


class SetDisplayNameAction(L1Action, frozen=True, tag="setDisplayName"):
    """An empty name takes it away."""

    display_name: Annotated[str, msgspec.Meta(max_length=20)]


class EvmUserModifyAction(L1Action, frozen=True, tag="evmUserModify"):
    using_big_blocks: bool


class SpotDusting(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    opt_out: bool


class SpotUserAction(L1Action, frozen=True, tag="spotUser"):
    """Whether small spot balances may be sold by the venue."""

    toggle_spot_dusting: SpotDusting


class GossipPriorityBidAction(L1Action, frozen=True, tag="gossipPriorityBid"):
    """A bid for one of the slots whose peers are told of blocks first."""

    slot_id: Unsigned
    ip: str
    max_gas: Unsigned


# --- several signers ---------------------------------------------------------------------------


class MultiSigSignature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One authorised user's signature over the inner action; r and s without leading zeros."""

    r: str
    s: str
    v: Unsigned


class MultiSigPayload(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What all have signed: for whom, who hands it in, and the action itself."""

    multi_sig_user: str
    outer_signer: str
    action: dict[str, Any]


class MultiSigAction(L1Action, frozen=True, tag="multiSig"):
    """An action of an account with several signers, handed in by one of them (the leader)."""

    signature_chain_id: Annotated[str, msgspec.Meta(pattern=r"^0x[0-9a-fA-F]{1,16}$")]
    signatures: tuple[MultiSigSignature, ...]
    payload: MultiSigPayload


AccountAction = (
    CreateSubAccountAction
    | SubAccountModifyAction
    | SubAccountTransferAction
    | SubAccountSpotTransferAction
    | CreateVaultAction
    | VaultTransferAction
    | VaultModifyAction
    | VaultDistributeAction
    | AgentSendAssetAction
    | AgentSetAbstractionAction
    | AgentEnableDexAbstractionAction
    | RegisterReferrerAction
    | SetReferrerAction
    | ClaimRewardsAction
    | SetDisplayNameAction
    | EvmUserModifyAction
    | SpotUserAction
    | GossipPriorityBidAction
    | MultiSigAction
)
