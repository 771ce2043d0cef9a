"""A run's journal held against the local venue's truth, by a process with no part in the run."""
