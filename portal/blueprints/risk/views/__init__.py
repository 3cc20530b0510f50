"""Doors for people: the portfolio, an account's risk, and the register."""

from . import accounts, register
from .base import bp

__all__ = ["accounts", "bp", "register"]
