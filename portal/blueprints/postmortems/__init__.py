"""What happened, why, and what follows from it."""
