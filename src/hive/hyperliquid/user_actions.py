"""Actions that only the account's own key may sign, field by named field (protocol.md 2.3).

Their signature covers typed values (EIP-712), not the request's bytes, so neither key order nor
spelling of the JSON matters; `signing_user` holds the types. Hive itself sends `approveAgent` and
`approveBuilderFee`: it moves no money. The local venue carries all of them out.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from hive.hyperliquid.number_text import Unsigned

ChainName = Literal["Mainnet", "Testnet"]

SIGNATURE_CHAIN_ID: Final = "0x66eee"
"""The chain a user signature names when no wallet is asked; the venue admits any."""


def chain_name(*, is_mainnet: bool) -> ChainName:
    return "Mainnet" if is_mainnet else "Testnet"


class UserAction(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="type",
    rename="camel",
):
    """What user-signed actions share: the signing chain and which network is meant."""

    signature_chain_id: Annotated[str, msgspec.Meta(pattern=r"^0x[0-9a-fA-F]{1,16}$")]
    hyperliquid_chain: ChainName


class ApproveAgentAction(UserAction, frozen=True, kw_only=True, tag="approveAgent"):
    """Let `agent_address` sign for this account. Unnamed: one; named: three."""

    agent_address: str
    agent_name: str | None = None
    """May end in ` valid_until <ms>` (at most 180 days). Signed as "" when absent."""
    nonce: Unsigned


class ApproveBuilderFeeAction(UserAction, frozen=True, kw_only=True, tag="approveBuilderFee"):
    """`max_fee_rate` is text such as "0.01%"."""

    max_fee_rate: str
    builder: str
    nonce: Unsigned


class UsdSendAction(UserAction, frozen=True, kw_only=True, tag="usdSend"):
    destination: str
    amount: str
    time: Unsigned


class SpotSendAction(UserAction, frozen=True, kw_only=True, tag="spotSend"):
    destination: str
    token: str
    amount: str
    time: Unsigned


class UsdClassTransferAction(UserAction, frozen=True, kw_only=True, tag="usdClassTransfer"):
    """Between the account's spot and perp sides."""

    amount: str
    to_perp: bool
    nonce: Unsigned


class SendAssetAction(UserAction, frozen=True, kw_only=True, tag="sendAsset"):
    destination: str
    source_dex: str
    destination_dex: str
    token: str
    amount: str
    from_sub_account: str
    nonce: Unsigned


class WithdrawAction(UserAction, frozen=True, kw_only=True, tag="withdraw3"):
    """Off the venue, over the bridge."""

    destination: str
    amount: str
    time: Unsigned


class StakingDepositAction(UserAction, frozen=True, kw_only=True, tag="cDeposit"):
    """From spot into staking; `wei` in hundred-millionths of the native token."""

    wei: Unsigned
    nonce: Unsigned


class StakingWithdrawAction(UserAction, frozen=True, kw_only=True, tag="cWithdraw"):
    """From staking back to spot, after a week in the queue."""

    wei: Unsigned
    nonce: Unsigned


class TokenDelegateAction(UserAction, frozen=True, kw_only=True, tag="tokenDelegate"):
    validator: str
    wei: Unsigned
    is_undelegate: bool
    nonce: Unsigned


class UserDexAbstractionAction(UserAction, frozen=True, kw_only=True, tag="userDexAbstraction"):
    user: str
    enabled: bool
    nonce: Unsigned


class UserSetAbstractionAction(UserAction, frozen=True, kw_only=True, tag="userSetAbstraction"):
    user: str
    abstraction: Literal["disabled", "unifiedAccount", "portfolioMargin"]
    nonce: Unsigned


class ConvertToMultiSigUserAction(
    UserAction, frozen=True, kw_only=True, tag="convertToMultiSigUser"
):
    """`signers` is JSON text: {"authorizedUsers": […], "threshold": n}, or null to convert back."""

    signers: str
    nonce: Unsigned


UserSignedAction = (
    ApproveAgentAction
    | ApproveBuilderFeeAction
    | UsdSendAction
    | SpotSendAction
    | UsdClassTransferAction
    | SendAssetAction
    | WithdrawAction
    | StakingDepositAction
    | StakingWithdrawAction
    | TokenDelegateAction
    | UserDexAbstractionAction
    | UserSetAbstractionAction
    | ConvertToMultiSigUserAction
)


def inner_nonce(action: UserSignedAction) -> int:
    """The nonce inside the action, which must be the envelope's (protocol.md 2.3)."""
    match action:
        case UsdSendAction() | SpotSendAction() | WithdrawAction():
            return action.time
        case _:
            return action.nonce
