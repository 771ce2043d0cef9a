"""Speed and size, measured as ratios within one run because machines are noisy.

Each contender is a process of its own that trades on a stamping venue in another process: *Hive*,
the *floor* (the least code that does the work) and, where it can, the official SDK.
"""
