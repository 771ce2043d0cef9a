"""What an order desk is made of: its parts put together, its turn, its key, its view of itself."""
