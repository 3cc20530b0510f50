"""Briefings for programs."""

from . import following, issues
from .blueprint import bp

__all__ = ["bp", "following", "issues"]
