"""Public recordings of real machines, and what the learned baseline makes of them."""
