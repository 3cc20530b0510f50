"""Words and formats in the reader's language; works in requests, jobs and commands alike."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

__all__ = ["_", "lazy_gettext", "ngettext"]
