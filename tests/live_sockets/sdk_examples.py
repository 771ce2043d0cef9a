"""Does what the official SDK's example scripts do, at the venue at a URL, as a program: `... URL`.

And asks every question that the SDK knows. Each example has an account of its own. The last line of
the output is the fault of each.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial

from tests.live_sockets.exercise_report import print_report, try_all
from tests.live_sockets.sdk_account import User
from tests.live_sockets.sdk_money_examples import MONEY_EXAMPLES
from tests.live_sockets.sdk_order_examples import ORDER_EXAMPLES
from tests.live_sockets.sdk_questions import asks_everything
from tests.live_sockets.sdk_spot_steps import SPOT_STEPS


def on_a_new_account(example: Callable[[User], None], base_url: str) -> None:
    example(User(base_url))


def main(base_url: str) -> None:
    examples = (*ORDER_EXAMPLES, *MONEY_EXAMPLES, *SPOT_STEPS, asks_everything)
    print_report(
        try_all((each.__name__, partial(on_a_new_account, each, base_url)) for each in examples)
    )


if __name__ == "__main__":
    main(sys.argv[1])
