"""Runs ccxt, async REST and pro, unmodified, against the venue at a URL, as a program: `... URL`.

It runs in ccxt's own environment. Only the URLs differ from what a user of ccxt has; its waiting
between requests is off, to be done sooner. The last line of the output is the fault of each step.
"""

from __future__ import annotations

import asyncio
import sys

from tests.live_sockets.ccxt_account import Account
from tests.live_sockets.ccxt_rest_steps import REST_STEPS
from tests.live_sockets.ccxt_stream_steps import STREAM_STEPS
from tests.live_sockets.exercise_report import fault_of, print_report


async def main(base_url: str) -> None:
    account = Account(base_url)
    outcome: dict[str, str | None] = {}
    for step in (*REST_STEPS, *STREAM_STEPS):
        try:
            await step(account)
        except Exception as error:  # noqa: BLE001 (whatever it was, the parent shows it)
            outcome[step.__name__] = fault_of(error)
            await account.leave_nothing()
        else:
            outcome[step.__name__] = None
    await account.exchange.close()
    print_report(outcome)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
