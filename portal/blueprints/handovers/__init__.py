"""Who leaves or moves on: what they own, and who takes it over."""
