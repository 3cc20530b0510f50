"""Doors to notifications, the post, and the duty roster."""

from . import duty, post
from .blueprint import bp

__all__ = ["bp", "duty", "post"]
