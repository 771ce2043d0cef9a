"""What positions and open orders bind, and which accounts may be under maintenance."""
