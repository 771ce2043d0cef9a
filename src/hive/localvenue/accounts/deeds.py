"""What carries out one type of action, and how its answer is spelled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hive.localvenue.accounts.account import Account

Done = str | dict[str, Any] | None
"""None when it is done, the venue's words for why not, or what the answer holds."""

Deed = Callable[[Account, Any], Done]
"""Carries out an action of its own type for an account."""
