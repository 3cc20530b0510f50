"""Parley: the portal for the moments that can cost a company a customer."""
