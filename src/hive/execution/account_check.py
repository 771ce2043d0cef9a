"""Is this the account that the key trades, and does the venue know it?

The venue answers a question about the wrong address with an empty account, not with an error: taken
for the truth it would read as "flat".
"""

from __future__ import annotations

from hive.domain.errors import OperatorError
from hive.domain.identifiers import Address
from hive.execution.inquirer import Inquirer


async def check_account(
    account: Address, signer: Address, inquirer: Inquirer, *, holds_positions: bool
) -> None:
    """Return if the key trades the account.

    Raises:
        OperatorError: it does not, or the venue does not know what our journal says we hold.
    """
    await inquirer.meet()
    role = await inquirer.role_of(signer)
    trades = role.master if role.role == "agent" else signer
    if trades != account:
        raise OperatorError(
            f"the key of {signer} ({role.role}) does not trade {account}",
            hint="approve it as an agent of the account, or name its own account",
        )
    if role.role == "missing" and holds_positions:
        raise OperatorError(
            f"the venue does not know {account}, and our journal says it holds positions",
            hint="is this the right venue, and the right network?",
        )
