"""What the venue does unasked: its round in each block, listings, dust, its own markets."""
