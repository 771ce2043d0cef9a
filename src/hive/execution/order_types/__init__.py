"""What strategies may ask for: plain orders, units, brackets, quote sets and TWAPs."""
