"""Doors to the sponsorship programme for people."""

from . import charter, dossier, panels, programme, sponsors, terms
from .blueprint import bp

__all__ = ["bp", "charter", "dossier", "panels", "programme", "sponsors", "terms"]
