"""What makes the venue refuse an order, and what it allows a market as a whole."""
