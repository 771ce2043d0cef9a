"""What the processes of a run know of each other: folder, messages, signs of life, ends."""
