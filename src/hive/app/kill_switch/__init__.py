"""`hive kill` and `hive resume`: switches in a run's folder, and who obeys them."""
