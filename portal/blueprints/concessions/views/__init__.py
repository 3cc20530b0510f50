"""Doors to compensation for people."""

from . import proposals, terms
from .blueprint import bp

__all__ = ["bp", "proposals", "terms"]
