"""Doors for people to quarterly reviews: the rooms, their pack, the meeting, the book."""

from . import causes, meeting, planning, preparing, showing
from .blueprint import bp

__all__ = ["bp", "causes", "meeting", "planning", "preparing", "showing"]
