"""What we hold and what we may do: positions, limits, comparison with the venue. All core."""
