"""Doors to compensation for people."""

from . import books, customer, delivery, letters, lots, proposals, terms
from .blueprint import bp

__all__ = ["books", "bp", "customer", "delivery", "letters", "lots", "proposals", "terms"]
