"""Which accounts are at risk, why, and what is done about it."""
