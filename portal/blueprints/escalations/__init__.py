"""Declare, accept, hand over, update the customer, close."""
