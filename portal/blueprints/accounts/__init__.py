"""Customers, contacts, contracts, spending, value, timeline, promises."""
