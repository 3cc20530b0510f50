"""The doors of post-mortems for programs, and what they share."""

from apiflask import APIBlueprint
from flask import request

from portal.core.errors import Stale
from portal.core.i18n import _

bp = APIBlueprint("postmortems_api", __name__, url_prefix="/api/v1/postmortems")


def expect_match(version: int) -> None:
    """Refuse a call that names another version of a record than the one kept (`If-Match`)."""
    if request.if_match and not request.if_match.contains(str(version)):
        raise Stale(_("Somebody else changed this record a moment ago."))
