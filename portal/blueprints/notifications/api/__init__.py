"""Doors for programs: the duty roster, one's own notices and how one hears."""

from . import choosing, duty
from .blueprint import bp

__all__ = ["bp", "choosing", "duty"]
