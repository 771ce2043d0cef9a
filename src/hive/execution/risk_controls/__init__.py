"""What a desk does about risk unasked: switches, losses, dead man's switch, leverage."""
