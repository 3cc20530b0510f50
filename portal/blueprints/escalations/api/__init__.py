"""Doors for programs to cases: reading them, and what can be done there."""

from . import acting, reading, tasks
from .reading import bp

__all__ = ["acting", "bp", "reading", "tasks"]
