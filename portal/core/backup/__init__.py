"""A backup is one file: the database as it was at one moment, every stored file that it names, the
checkpoints of its log, and a manifest with the digest of each.
"""

from .archive import Manifest, Opened, opened, write
from .databases import Target, target

__all__ = ["Manifest", "Opened", "Target", "opened", "target", "write"]
