"""Our own exchange: a `VenuePort` with books, accounts, markets and faults, all of it core.

    venue ─▶ actions ─▶ validation ─▶ clearing ─▶ accounts ─▶ views ─▶ answers ─▶ who asked

`venue` is the way in, and `engine` carries out its blocks. `oracle` and `steering` are for tests
and tools: the truth, and time, prices and faults moved by hand; the real protocol has neither.
"""
