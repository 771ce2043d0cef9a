"""What moves the books: synthetic markets, recordings and feeds."""
