"""Teams: who shares cases and duty, who leads them, and who is in them."""
