"""Orders at the venue: in books, matched, waiting for a trigger, or sliced by a TWAP."""
