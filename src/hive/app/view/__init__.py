"""The frozen picture of a runtime, and what only the process itself can tell of it."""
