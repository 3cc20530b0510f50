"""Doors to the sponsorship programme for people."""

from . import charter, programme, sponsors
from .blueprint import bp

__all__ = ["bp", "charter", "programme", "sponsors"]
