"""Our own exchange: a `VenuePort` with books, accounts, markets and faults, all of it core."""
