"""Briefings of every kind: snapshot, page, PDF, readers."""
