"""Doors for people: the portfolio, an account's risk, the register, and predictions."""

from . import accounts, predictions, register
from .base import bp

__all__ = ["accounts", "bp", "predictions", "register"]
