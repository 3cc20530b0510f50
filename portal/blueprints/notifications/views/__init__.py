"""Doors to notifications, the post, and the duty roster."""

from . import choosing, duty, post
from .blueprint import bp

__all__ = ["bp", "choosing", "duty", "post"]
