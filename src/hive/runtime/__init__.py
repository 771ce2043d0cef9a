"""Process plumbing that knows no venue: the four seams, the bus, supervised tasks."""
