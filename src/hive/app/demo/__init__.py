"""`hive demo`: a set of strategies on the local venue, over sockets or in simulated time."""
