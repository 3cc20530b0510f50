"""Post-mortems for programs: those written here and elsewhere, their actions, loss notes."""

from . import imported, lessons, losses, remarks, todo
from .blueprint import bp

__all__ = ["bp", "imported", "lessons", "losses", "remarks", "todo"]
