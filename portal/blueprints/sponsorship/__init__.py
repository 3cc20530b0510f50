"""Nominate, check criteria, admit, look after, exit."""
