"""Who goes next, and how much may go: lanes, the fair queue, units, budgets, paces and caps."""
