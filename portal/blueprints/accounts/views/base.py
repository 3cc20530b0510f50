"""What the doors of this room share."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import Blueprint

from portal.core import clock
from portal.core.web import viewer
from portal.core.web.moving import leads_on

from .. import queries
from ..forms import LIFECYCLES
from ..rules.codes import code_words

bp = Blueprint("accounts", __name__, url_prefix="/accounts")
bp.record_once(
    lambda setup: leads_on(
        setup.app, "ACC-", lambda by, gone: queries.gone_to(by, gone, now=clock.now())
    )
)
bp.record_once(
    lambda setup: setup.app.jinja_env.globals.update(code_words=code_words, lifecycles=LIFECYCLES)
)


def instant(given: datetime | None) -> datetime | None:
    """Give a time that somebody typed, in their zone, as an instant."""
    if given is None:
        return None
    return given.replace(tzinfo=ZoneInfo(viewer().zone)).astimezone(UTC)
