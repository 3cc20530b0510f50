"""What a customer sees of their case through a signed link, without signing in."""
