"""Doors to what is sent by the clock: subscribe, see what became of it, stop."""

from dataclasses import replace

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.auth import queries as auth_queries
from portal.core import access, clock
from portal.core.access import Permission
from portal.core.i18n import _
from portal.core.web import attempt, choices, done, page, public, require, viewer

from .. import actions, queries, rules
from ..forms import SubscribeForm
from ..models import Ending, Kind, Rhythm, Subscription
from .blueprint import bp


@bp.get("/briefings/subscriptions")
@require(Permission.BRIEFINGS_READ)
def subscriptions() -> ResponseReturnValue:
    """Show what the viewer is sent by the clock, and what became of it."""
    rows = queries.subscriptions(viewer())
    return page(
        "briefings/subscriptions.html",
        rows=rows,
        last=queries.last_of(rows),
        names=auth_queries.names(row.person_id for row in rows),
        kinds=rules.KINDS,
        rhythms=rules.RHYTHMS,
        endings=rules.ENDINGS,
    )


@bp.route("/briefings/subscriptions/new", methods=["GET", "POST"])
@require(Permission.BRIEFINGS_READ)
def subscribe() -> ResponseReturnValue:
    """Have oneself, or a colleague, sent briefings by the clock."""
    form = SubscribeForm(about=request.args.get("about") or rules.MINE)
    if request.method == "GET" and rules.kind_of(form.about.data or "") == "account":
        form.kind.data = Kind.ACCOUNT.value
    others = viewer().may(Permission.BRIEFINGS_MAKE)
    form.reader_id.choices = choices(
        one for one in auth_queries.choices() if others or one[0] == viewer().id
    )
    if request.method == "GET":
        form.reader_id.data = viewer().id
    if attempt(form, lambda: _subscribe(form)):
        return done(url_for("briefings.subscriptions"), _("It is sent from now on."))
    return page("briefings/subscribe.html", form=form, others=others)


def _subscribe(form: SubscribeForm) -> Subscription:
    given = form.data
    wish = actions.Wish(
        kind=Kind(given["kind"]),
        about=given["about"],
        rhythm=Rhythm(given["rhythm"]),
        hour=given["hour"],
        weekday=given["weekday"],
        severity=given["severity"] or "",
        unchanged=given["unchanged"],
    )
    reader = auth_queries.actor(given["reader_id"])
    return actions.subscribe(viewer(), wish, reader=reader, now=clock.now())


@bp.post("/briefings/subscriptions/<int:number>/stop")
@require(Permission.BRIEFINGS_READ)
def stop(number: int) -> ResponseReturnValue:
    """End a subscription of one's own, or one that one made."""
    row = queries.subscription(viewer(), number)
    actions.stop(row, Ending.STOPPED, by=viewer(), now=clock.now())
    return done(url_for("briefings.subscriptions"), _("It is sent no more."))


@bp.route("/briefings/unsubscribe/<token>", methods=["GET", "POST"])
@public
def unsubscribe(token: str) -> ResponseReturnValue:
    """Ask whether a mail shall come no more; a click there, or in the mail program, ends it."""
    row = queries.leaving(token)
    if request.method == "POST":
        # Who holds the link of a mail, signed in or not, ends what is sent to its reader.
        by = replace(access.job("briefings.unsubscribe"), on_behalf_of=row.person_id)
        actions.stop(row, Ending.UNSUBSCRIBED, by=by, now=clock.now())
        answer = done(url_for("briefings.unsubscribe", token=token))
        # RFC 8058: what a mail program sends by itself is not sent on.
        return "" if request.form.get("List-Unsubscribe") == "One-Click" else answer
    return page("briefings/unsubscribe.html", row=row, token=token, kind=rules.KINDS[row.kind])
