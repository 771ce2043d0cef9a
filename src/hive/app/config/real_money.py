"""Which venues trade real money: while that is not offered, they are refused in every spelling."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from hive.app.config.faults import Fault
from hive.app.config.reader import Reader
from hive.app.config.sections import AccountSettings

REAL_MONEY: Final = "trading real money"
_DOMAIN: Final = "hyperliquid.xyz"
"""The testnet's is another one, `hyperliquid-testnet.xyz`."""


def is_of_real_money(url: str) -> bool:
    """Whether the host is at or under the domain of the venue's main network."""
    host = _host(url)
    return host == _DOMAIN or host.endswith(f".{_DOMAIN}")


def refuse_real_money(account: AccountSettings, reader: Reader) -> None:
    """Book what would trade real money: the main network's URL, or its signatures sent away."""
    if account.url is None:
        return
    if is_of_real_money(account.url):
        _book("account.url", REAL_MONEY, reader)
    elif account.network == "mainnet" and not _is_this_machine(account.url):
        _book("account.network", f"{REAL_MONEY}; mainnet is for a venue on this machine", reader)


def _book(path: str, message: str, reader: Reader) -> None:
    reader.faults.append(Fault(reader.place_of(path), path, message, is_later=True))


def _is_this_machine(url: str) -> bool:
    host = _host(url)
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _host(url: str) -> str:
    """As resolvers take it: in lower case, without the dot that may end it."""
    return (urlsplit(url).hostname or "").rstrip(".")
