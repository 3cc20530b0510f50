"""Doors to the exchange rates: what counts today, tables sent in, and their publishing."""

from datetime import timedelta
from pathlib import PurePath

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock, sheets
from portal.core.access import Permission
from portal.core.i18n import _
from portal.core.web import attempt, done, page, require, viewer

from .. import actions, queries
from ..forms import RatesForm
from ..models import RateLoad
from ..rules import loading
from .base import bp

LOOKED_BACK, SHOWN = timedelta(days=400), 200


@bp.get("/rates")
@require(Permission.POLICIES_READ)
def rates() -> ResponseReturnValue:
    """Show which rates count today, and what happens without one."""
    return _sheet(RatesForm(since=clock.now().date() - LOOKED_BACK))


@bp.post("/rates")
@require(Permission.ACCOUNTS_RATES)
def send_rates() -> ResponseReturnValue:
    """Take a table of rates in: checked first, then handed to a second person."""
    form = RatesForm()
    found = attempt(form, lambda: _send(form))
    if isinstance(found, RateLoad):
        told = _("Sent. The rates count once another person publishes them.")
        return done(url_for("accounts.rates"), told)
    looked = found if isinstance(found, actions.LookedAt) else None
    return _sheet(form, looked=looked)


def _send(form: RatesForm) -> object:
    now, given = clock.now(), form.file.data
    since = form.since.data or (now - LOOKED_BACK).date()
    looked = actions.look_at_rates(given.stream, since=since, now=now)
    if looked.wrong or form.dry_run.data:
        return looked
    name = PurePath((given.filename or "").replace("\\", "/")).name or "rates.csv"
    source = form.source.data or "CSV"
    return actions.send_rates(looked, source=source, file_name=name, by=viewer(), now=now)


def _sheet(form: RatesForm, *, looked: actions.LookedAt | None = None) -> ResponseReturnValue:
    now = clock.now()
    return page(
        "accounts/rates.html",
        form=form,
        looked=looked,
        board=queries.rate_board(now=now),
        loads=queries.rate_loads(),
        sends=viewer().may(Permission.ACCOUNTS_RATES),
        columns=loading.COLUMNS,
        shown=SHOWN,
    )


@bp.get("/rates/<int:load_id>.csv")
@require(Permission.POLICIES_READ)
def rate_load(load_id: int) -> ResponseReturnValue:
    """Give a table of rates as it was sent, with what stood before where it corrected something."""
    row = queries.rate_load(load_id)
    before = {(a, b, day): rate for a, b, day, rate in row.former or ()}
    rows = [[*one, before.get((one[0], one[1], one[2]), "")] for one in row.rates]
    text = sheets.csv_text([*loading.COLUMNS, "before"], rows)
    response = Response(text, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="rates-{load_id}.csv"'
    return response


@bp.post("/rates/<int:load_id>/publish")
@require(Permission.ACCOUNTS_RATES)
def publish_rates(load_id: int) -> ResponseReturnValue:
    """Let a table of rates count."""
    row = queries.rate_load(load_id, lock=True)
    actions.publish_rates(row, by=viewer(), now=clock.now())
    return done(url_for("accounts.rates"), _("The rates are published."))


@bp.post("/rates/<int:load_id>/withdraw")
@require(Permission.ACCOUNTS_RATES)
def withdraw_rates(load_id: int) -> ResponseReturnValue:
    """Take a table of rates away."""
    row = queries.rate_load(load_id, lock=True)
    actions.withdraw_rates(row, by=viewer(), now=clock.now())
    return done(url_for("accounts.rates"), _("The table is withdrawn."))
