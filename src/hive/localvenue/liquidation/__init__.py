"""What happens to what is under its maintenance: liquidation, backstop, deleveraging."""
