"""Matching against the plainest book there is: a list, sorted by price and age."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.localvenue.still_venue import catalog

from hive.domain.identifiers import Address, Oid
from hive.localvenue.orders.books import Book
from hive.localvenue.orders.matching import match
from hive.localvenue.orders.venue_order import Status, Ticket, Tif, VenueOrder

OWNERS = [Address(f"0x{number:040x}") for number in range(3)]

Step = tuple[bool, int, int, int]
steps = st.lists(
    st.tuples(
        st.booleans(),  # buys
        st.integers(95, 105),  # price
        st.integers(1, 9),  # size
        st.integers(0, 2),  # owner
    ),
    max_size=60,
)


class Ledger:
    """A clearing that admits all and writes down what it hears."""

    def __init__(self) -> None:
        self.trades: list[tuple[Oid, Oid, int, int]] = []
        self.expelled: list[Oid] = []

    def admits(self, maker: VenueOrder, size: int) -> int | Status:
        return size

    def reach(self, taker: VenueOrder, px: int) -> int:
        return taker.open_size

    def trade(self, maker: VenueOrder, taker: VenueOrder, size: int) -> None:
        self.trades.append((maker.oid, taker.oid, maker.px, size))

    def expel(self, maker: VenueOrder, status: Status) -> None:
        assert status is Status.SELF_TRADE_CANCELED
        self.expelled.append(maker.oid)


class PlainBook:
    """The model: every resting order in one list."""

    def __init__(self) -> None:
        self.resting: list[dict[str, int]] = []
        self.trades: list[tuple[int, int, int, int]] = []
        self.expelled: list[int] = []

    def place(self, oid: int, step: Step) -> None:
        is_buy, px, size, owner = step
        sign = 1 if is_buy else -1
        across = [row for row in self.resting if row["buy"] != is_buy]
        for row in sorted(across, key=lambda row: (sign * row["px"], row["oid"])):
            if not size or sign * row["px"] > sign * px:
                break
            if row["owner"] == owner:
                self.resting.remove(row)
                self.expelled.append(row["oid"])
                continue
            traded = min(size, row["size"])
            self.trades.append((row["oid"], oid, row["px"], traded))
            size -= traded
            row["size"] -= traded
            if not row["size"]:
                self.resting.remove(row)
        if size:
            row = {"oid": oid, "buy": is_buy, "px": px, "size": size, "owner": owner}
            self.resting.append(row)


@given(steps)
def test_matching_equals_a_sorted_list(sequence: list[Step]) -> None:
    listing = catalog().listings[0]
    book, ledger, plain = Book(listing), Ledger(), PlainBook()
    for number, step in enumerate(sequence, start=1):
        is_buy, px, size, owner = step
        ticket = Ticket(listing=listing, is_buy=is_buy, px=px, size=size, tif=Tif.GTC)
        order = VenueOrder(Oid(number), OWNERS[owner], ticket, 0)
        match(book, order, ledger)
        if order.open_size:
            book.add(order)
        plain.place(number, step)
        bid, ask = book.top
        assert bid is None or ask is None or bid.px < ask.px
    assert ledger.trades == plain.trades
    assert ledger.expelled == plain.expelled
    left = {row["oid"]: row["size"] for row in plain.resting}
    assert {oid: order.open_size for oid, order in book.orders.items()} == left
    for side, is_buy in ((book.bids, True), (book.asks, False)):
        rows = [row for row in plain.resting if row["buy"] == is_buy]
        sizes: dict[int, int] = {}
        for row in rows:
            sizes[row["px"]] = sizes.get(row["px"], 0) + row["size"]
        assert {level.px: level.size for level in side.depth(100)} == sizes
        prices = [level.px for level in side.depth(100)]
        assert prices == sorted(prices, reverse=is_buy)
