"""What became of what was sent: answers, orders in doubt, fills, funding and positions."""
