"""Doors to how one hears: what comes by mail, when, and why one hears of a record at all."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock, pager
from portal.core.access import K, Permission
from portal.core.i18n import _
from portal.core.web import attempt, done, page, require, viewer

from .. import actions, queries, remote, rules
from ..forms import ChoiceForm
from .blueprint import bp

LATEST = 20


@bp.route("/notifications/preferences", methods=["GET", "POST"])
@require(Permission.NOTICES_CHOOSE)
def preferences() -> ResponseReturnValue:
    """Show and set how one hears."""
    me = viewer()
    choice = queries.choice_of(me.id or 0)
    form = ChoiceForm(data=_shown(choice) if request.method == "GET" else None)
    if attempt(form, lambda: _choose(form)) is not None:
        return done(url_for("notifications.preferences"), _("Your choice is noted."))
    return page(
        "notifications/preferences.html",
        form=form,
        kinds=rules.CHOSEN,
        fixed=[rules.kind_word(kind) for kind in sorted(rules.FIXED)],
        mutes=queries.mutes(me.id or 0),
        pages=pager.is_set(),
        number=choice.number,
        zone=me.zone,
    )


def _shown(choice: rules.Choice) -> dict[str, Any]:
    times = {name: getattr(choice, name) for name in ("digest_at", "quiet_from", "quiet_until")}
    shown = {name: None if at is None else rules.at_minute(at) for name, at in times.items()}
    return {"number": choice.number, **shown, **choice.ways}


def _choose(form: ChoiceForm) -> bool:
    given = form.data
    times = {
        name: None if given[name] is None else rules.minute_of(given[name])
        for name in ("quiet_from", "quiet_until")
    }
    actions.choose(
        ways={kind.value: given[kind.value] for kind in rules.CHOSEN},
        digest_at=rules.minute_of(given["digest_at"]),
        number=given["number"] or "",
        **times,
        by=viewer(),
        now=clock.now(),
    )
    return True


@bp.post("/notifications/preferences/page")
@require(Permission.NOTICES_CHOOSE)
def try_pager() -> ResponseReturnValue:
    """Page oneself, to see whether it works."""
    actions.try_pager(by=viewer(), now=clock.now())
    return done(url_for("notifications.preferences"), _("You are being paged."))


@bp.get("/notifications/about/<record>")
@require(Permission.NOTICES_CHOOSE)
def about(record: str) -> ResponseReturnValue:
    """Say why one hears of a record, what one was told, and whether it is muted."""
    now, me = clock.now(), viewer()
    account_id = queries.account_seen(record, me, now=now)
    found = queries.page(me, now=now, record=record, limit=LATEST)
    return page(
        "notifications/about.html",
        record=record,
        grounds=queries.grounds(record, account_id, me, now=now),
        lines=[line(row) for row in found.rows],
        muted=record in queries.choice_of(me.id or 0).muted,
        back=rules.path_of({}, record=record),
        fixed=[rules.kind_word(kind) for kind in sorted(rules.FIXED)],
    )


def line(row: Any) -> dict[str, Any]:
    """Give a notice as lists show it: what it says, why one got it, and by which rule."""
    return {
        "row": row,
        "text": remote.subject_of(
            row.template, context=row.context, klass=K(row.klass), record=row.record_ref
        ),
        "reason": rules.reason(row.why, record=row.record_ref),
        "rule": rules.rule_word(row.template, context=row.context),
    }


@bp.post("/notifications/about/<record>/mute")
@require(Permission.NOTICES_CHOOSE)
def mute(record: str) -> ResponseReturnValue:
    """Get no more mail about a record, but of what always comes."""
    actions.mute(record, by=viewer(), now=clock.now())
    return done(url_for("notifications.about", record=record), _("You get no more mail about it."))


@bp.post("/notifications/about/<record>/unmute")
@require(Permission.NOTICES_CHOOSE)
def unmute(record: str) -> ResponseReturnValue:
    """Get mail about a record again."""
    actions.unmute(record, by=viewer(), now=clock.now())
    return done(url_for("notifications.about", record=record), _("You get mail about it again."))
