"""Doors for programs: charter, nominations, sponsorships and sponsors."""

from . import acting, charter, lines, reading
from .blueprint import bp

__all__ = ["acting", "bp", "charter", "lines", "reading"]
