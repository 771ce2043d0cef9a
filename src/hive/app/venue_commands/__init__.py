"""`hive venue`: the local venue as a process of its own, and recordings for it."""
