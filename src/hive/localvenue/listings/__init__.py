"""What can be traded: perps, spot tokens and pairs, their metadata, and amounts of them."""
