"""What outlives the process: the journal of our own deeds and the registry of our numbers."""
