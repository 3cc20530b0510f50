"""Compensation: propose, approve, give."""
