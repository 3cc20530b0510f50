"""Keys for what we sign: one for each purpose, all from the installation's secret."""

from flask import current_app


def key(purpose: str) -> bytes:
    """Give the key of 32 bytes for one purpose."""
    derived: bytes = current_app.config["PORTAL"].derived_key(purpose)
    return derived
