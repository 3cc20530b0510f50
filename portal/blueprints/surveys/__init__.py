"""What customers say after a case was closed."""
