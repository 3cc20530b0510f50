"""Processes that behave badly, for the tests of the limits."""
