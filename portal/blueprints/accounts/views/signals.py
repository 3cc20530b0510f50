"""Doors to the signals of other systems: a file of them, and those of one account."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import K, Permission
from portal.core.i18n import _
from portal.core.web import attempt, done, page, require, viewer

from .. import actions, queries
from ..forms import SignalsForm, signal_word
from ..rules import signals as rules
from .base import bp


@bp.route("/signals", methods=["GET", "POST"])
@require(Permission.ACCOUNTS_SIGNALS)
def signals() -> ResponseReturnValue:
    """Take in a file of signals: checked first, then all rows or none."""
    form, looked = SignalsForm(), None
    found = attempt(form, lambda: _take(form))
    if isinstance(found, actions.Taken):
        told = _(
            "%(new)s signals are new, %(changed)s corrected, %(same)s were known.",
            new=found.new,
            changed=found.changed,
            same=found.same,
        )
        return done(url_for("accounts.signals"), told)
    if found:
        looked = found
    return page(
        "accounts/signals.html",
        form=form,
        looked=looked,
        shown=actions.SIGNALS_SHOWN,
        batches=queries.signal_batches(),
        columns=rules.COLUMNS,
        also=rules.ALSO,
        counted=[(kind, signal_word(kind)) for kind in rules.COUNTED],
        most=actions.MOST_SIGNALS,
    )


def _take(form: SignalsForm) -> object:
    """Give what was taken in; where rows are wrong or it was only a check, what was read."""
    by, now = viewer(), clock.now()
    readings, wrong = actions.read_signals(form.file.data.stream, zone=by.zone, by=by, now=now)
    if wrong or form.dry_run.data or not readings:
        return {"rows": len(readings) + len({one.line for one in wrong}), "wrong": wrong}
    return actions.take_signals(readings, source=form.source.data or "csv", by=by, now=now)


@bp.get("/<reference>/signals")
@require(Permission.ACCOUNTS_READ)
def signals_of(reference: str) -> ResponseReturnValue:
    """Show what other systems observed of an account."""
    account = queries.get(viewer(), reference, now=clock.now(), klass=K.CONFIDENTIAL)
    kind = request.args.get("kind", "")
    latest, rows = queries.latest(account), queries.signals(account, kind=kind)
    return page(
        "accounts/signals_of.html",
        account=account,
        latest=latest,
        kind=kind if kind in {one.kind for one in latest} else "",
        rows=rows,
        formers=queries.formers(rows),
        signal_word=signal_word,
    )
