"""The other side of the four seams: time, network and disk that one seed decides.

Nothing here knows a strategy or an order. A world is put together from these parts by whoever needs
one (tests, `hive demo --virtual`).
"""
