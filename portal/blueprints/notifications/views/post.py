"""Doors to notifications: one's own, and the post for administrators."""

from flask import current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import _
from portal.core.web import done, note, page, require, viewer

from .. import actions, queries, remote, rules
from ..models import State
from .blueprint import bp
from .choosing import line


@bp.get("/notifications/")
@require(Permission.HOME)
def index() -> ResponseReturnValue:
    """List one's own notifications, newest first, each with why one got it."""
    unread = request.args.get("unread") == "1"
    found = queries.page(viewer(), now=clock.now(), cursor=request.args.get("after"), unread=unread)
    lines = [line(row) for row in found.rows]
    return page("notifications/index.html", found=found, lines=lines, unread=unread)


@bp.get("/notifications/<int:notification_id>")
@require(Permission.HOME)
def show(notification_id: int) -> ResponseReturnValue:
    """Go to what a notification is about, and remember that it was read."""
    row = queries.own(viewer(), notification_id, now=clock.now())
    note(lambda: actions.mark_read(row, now=clock.now()))
    return redirect(rules.path_of(row.context, record=row.record_ref), 303)


@bp.post("/notifications/read")
@require(Permission.HOME)
def read_all() -> ResponseReturnValue:
    """Remember that all were read."""
    actions.mark_all_read(viewer(), now=clock.now())
    return done(url_for("notifications.index"), _("All are marked as read."))


@bp.get("/admin/outbox")
@require(Permission.MAIL_WATCH)
def outbox() -> ResponseReturnValue:
    """List what left and what waits; never what it says."""
    asked = request.args.get("state", "")
    state = State(asked) if asked in list(State) else None
    found = queries.mails(state=state, cursor=request.args.get("after"))
    return page("notifications/outbox.html", found=found, state=state, states=list(State))


@bp.post("/admin/outbox/try")
@require(Permission.MAIL_WATCH)
def try_mail() -> ResponseReturnValue:
    """Send oneself a mail, to see whether it arrives."""
    row = actions.try_mail(by=viewer(), now=clock.now())
    text = _(
        "A mail to %(address)s is on its way; the list says when it left.", address=row.address
    )
    return done(url_for("notifications.outbox"), text)


@bp.get("/admin/outbox/<int:notification_id>")
@require(Permission.MAIL_WATCH)
def mail(notification_id: int) -> ResponseReturnValue:
    """Show a mail as its recipient reads it: in the demonstration only."""
    if not current_app.config["PORTAL"].demo:
        raise NotFound
    row = queries.get(notification_id)
    return page("notifications/mail.html", row=row, said=remote.word(row))


@bp.post("/admin/outbox/<int:notification_id>/replay")
@require(Permission.MAIL_WATCH)
def replay(notification_id: int) -> ResponseReturnValue:
    """Try a failed mail again."""
    actions.replay(queries.get(notification_id), by=viewer(), now=clock.now())
    return done(url_for("notifications.outbox"), _("It will be tried again within a minute."))
