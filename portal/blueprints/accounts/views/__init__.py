"""Doors for people: the list and page of accounts, their people, story and imports."""

from . import accounts, history, imports, people
from .base import bp

__all__ = ["accounts", "bp", "history", "imports", "people"]
