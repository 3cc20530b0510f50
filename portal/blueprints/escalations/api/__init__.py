"""Doors for programs to cases: reading them, and what can be done there."""

from . import acting, playing, reading, tasks
from .reading import bp

__all__ = ["acting", "bp", "playing", "reading", "tasks"]
