"""Doors to the receivers, for administrators."""

from flask import Blueprint, current_app, request, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import Permission
from portal.core.db import db
from portal.core.i18n import _
from portal.core.web import attempt, done, page, require, viewer

from . import actions, queries, remote, rules
from .forms import ReceiverForm, ResumeForm

bp = Blueprint("webhooks", __name__, url_prefix="/webhooks")


def _hosts() -> tuple[str, ...]:
    found: tuple[str, ...] = current_app.config["PORTAL"].webhook_hosts
    return found


@bp.get("/")
@require(Permission.WEBHOOKS_WATCH)
def index() -> ResponseReturnValue:
    """List the receivers and how they fare."""
    return page("webhooks/index.html", receivers=queries.receivers(), waiting=queries.waiting())


@bp.route("/new", methods=["GET", "POST"])
@require(Permission.WEBHOOKS_MANAGE)
def new() -> ResponseReturnValue:
    """Set up a receiver."""
    form = ReceiverForm()
    made = attempt(
        form,
        lambda: actions.add(
            name=form.name.data or "",
            url=form.url.data or "",
            names=form.events.data or [],
            hosts=_hosts(),
            by=viewer(),
            now=clock.now(),
        ),
    )
    if made:
        where = url_for("webhooks.show", receiver_id=made.id)
        return done(where, _("It is set up. Show its secret, and keep it with the receiver."))
    return page("webhooks/edit.html", form=form, row=None, by_room=rules.by_room())


@bp.route("/<int:receiver_id>/edit", methods=["GET", "POST"])
@require(Permission.WEBHOOKS_MANAGE)
def edit(receiver_id: int) -> ResponseReturnValue:
    """Change a receiver."""
    row = queries.get(receiver_id, lock=request.method == "POST")
    form = ReceiverForm(obj=row)
    changed = attempt(
        form,
        lambda: actions.edit(
            row,
            name=form.name.data or "",
            url=form.url.data or "",
            names=form.events.data or [],
            hosts=_hosts(),
            by=viewer(),
            now=clock.now(),
        ),
    )
    if changed:
        return done(url_for("webhooks.show", receiver_id=row.id), _("It is changed."))
    return page("webhooks/edit.html", form=form, row=row, by_room=rules.by_room())


@bp.get("/<int:receiver_id>")
@require(Permission.WEBHOOKS_WATCH)
def show(receiver_id: int) -> ResponseReturnValue:
    """Show a receiver and the messages for it."""
    row, now = queries.get(receiver_id), clock.now()
    found = queries.page(row.id, viewer=viewer(), now=now, cursor=request.args.get("after"))
    resume_form = ResumeForm(formdata=None)
    return page("webhooks/show.html", row=row, found=found, resume_form=resume_form)


@bp.post("/<int:receiver_id>/secret")
@require(Permission.WEBHOOKS_MANAGE)
def secret(receiver_id: int) -> ResponseReturnValue:
    """Show a receiver's secret; that it was shown stands in the log."""
    row = queries.get(receiver_id)
    actions.note_shown(row, by=viewer(), now=clock.now())
    db.session.commit()
    shown = remote.secrets_of(row, now=clock.now())[0]
    return page("webhooks/secret.html", row=row, secret=shown)


@bp.post("/<int:receiver_id>/rotate")
@require(Permission.WEBHOOKS_MANAGE)
def rotate(receiver_id: int) -> ResponseReturnValue:
    """Give a receiver a new secret."""
    actions.rotate(queries.get(receiver_id, lock=True), by=viewer(), now=clock.now())
    return done(_back(receiver_id), _("It has a new secret; the old one holds for a day."))


def _back(receiver_id: int) -> str:
    return url_for("webhooks.show", receiver_id=receiver_id)


@bp.post("/<int:receiver_id>/try")
@require(Permission.WEBHOOKS_MANAGE)
def try_out(receiver_id: int) -> ResponseReturnValue:
    """Send a receiver a test."""
    actions.try_out(queries.get(receiver_id, lock=True), by=viewer(), now=clock.now())
    return done(_back(receiver_id), _("A test is on its way: look at the list in a moment."))


@bp.post("/<int:receiver_id>/pause")
@require(Permission.WEBHOOKS_MANAGE)
def pause(receiver_id: int) -> ResponseReturnValue:
    """Send a receiver nothing for a while."""
    actions.pause(queries.get(receiver_id, lock=True), by=viewer(), now=clock.now())
    return done(_back(receiver_id), _("It is sent nothing until you resume it."))


@bp.post("/<int:receiver_id>/resume")
@require(Permission.WEBHOOKS_MANAGE)
def resume(receiver_id: int) -> ResponseReturnValue:
    """Send a receiver what happens again."""
    row, skip = queries.get(receiver_id, lock=True), bool(ResumeForm().skip.data)
    actions.resume(row, skip=skip, by=viewer(), now=clock.now())
    return done(_back(receiver_id), _("It is sent what happens again."))


@bp.post("/<int:receiver_id>/remove")
@require(Permission.WEBHOOKS_MANAGE)
def remove(receiver_id: int) -> ResponseReturnValue:
    """Forget a receiver."""
    actions.remove(queries.get(receiver_id, lock=True), by=viewer(), now=clock.now())
    return done(url_for("webhooks.index"), _("The receiver is removed."))


@bp.post("/deliveries/<int:delivery_id>/replay")
@require(Permission.WEBHOOKS_MANAGE)
def replay(delivery_id: int) -> ResponseReturnValue:
    """Send a message once more."""
    row = queries.delivery(delivery_id, lock=True)
    actions.replay(row, by=viewer(), now=clock.now())
    return done(_back(row.receiver_id), _("It is sent once more."))
