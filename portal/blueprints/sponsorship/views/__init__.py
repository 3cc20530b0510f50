"""Doors to the sponsorship programme for people."""

from . import programme, sponsors
from .blueprint import bp

__all__ = ["bp", "programme", "sponsors"]
