"""Compensation for programs: propose, sign, offer, note the answer and the delivery; lots."""

from . import after, cases, lots
from .blueprint import bp

__all__ = ["after", "bp", "cases", "lots"]
