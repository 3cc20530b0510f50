"""Limits and criteria set by leadership, their history, and every decision."""
