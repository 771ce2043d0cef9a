"""Which venues trade real money: while that is not offered, they are refused in every spelling.

And which is the test network: what is signed for another network it takes for somebody else's, and
says so with the first action; a guardian would learn it when it is needed.
"""

from __future__ import annotations

from ipaddress import ip_address
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from hive.app.config.faults import Fault
from hive.app.config.reader import Reader
from hive.app.config.sections import LOCAL_VENUE_URL, TESTNET_URL, AccountSettings, Mode

URL_BY_MODE: Final = MappingProxyType({"paper": LOCAL_VENUE_URL, "testnet": TESTNET_URL})
"""The venue, where `account.url` names none."""

REAL_MONEY: Final = "trading real money"
_DOMAIN: Final = "hyperliquid.xyz"
_TEST_DOMAIN: Final = "hyperliquid-testnet.xyz"


def is_of_real_money(url: str) -> bool:
    """Whether the host is at or under the domain of the venue's main network."""
    return _is_under(_DOMAIN, url)


def refuse_wrong_network(account: AccountSettings, mode: Mode, reader: Reader) -> None:
    """Book what would trade real money (the main network's URL, or its signatures sent away), and
    signatures that the venue cannot take.
    """
    url = account.url or URL_BY_MODE[mode]
    if is_of_real_money(url):
        _book("account.url", REAL_MONEY, reader)
    elif account.network == "testnet":
        return
    elif mode == "testnet":
        reader.fault_at("account.network", "mode testnet trades on the network testnet")
    elif _is_under(_TEST_DOMAIN, url):
        reader.fault_at("account.network", f"{url} takes signatures of testnet only: say testnet")
    elif not _is_this_machine(url):
        _book("account.network", f"{REAL_MONEY}; mainnet is for a venue on this machine", reader)


def _book(path: str, message: str, reader: Reader) -> None:
    reader.faults.append(Fault(reader.place_of(path), path, message, is_later=True))


def _is_under(domain: str, url: str) -> bool:
    host = _host(url)
    return host == domain or host.endswith(f".{domain}")


def _is_this_machine(url: str) -> bool:
    host = _host(url)
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _host(url: str) -> str:
    """As resolvers take it: in lower case, without the dot that may end it."""
    return (urlsplit(url).hostname or "").rstrip(".")
