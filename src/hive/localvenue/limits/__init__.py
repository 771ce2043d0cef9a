"""What a signer, an address or an IP may still do: nonces, budgets of actions, weight."""
