"""Doors to the story of an account and its promises."""

from flask import url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import Permission
from portal.core.errors import Refused
from portal.core.i18n import _
from portal.core.web import attempt, done, page, require, viewer

from .. import actions, queries
from ..forms import NoteForm, PromiseForm, SettleForm
from ..models import Account, EntryKind, Lane, Promise, PromiseKind
from .accounts import show_page
from .base import bp, instant


@bp.post("/<reference>/notes")
@require(Permission.ACCOUNTS_EDIT)
def add_note(reference: str) -> ResponseReturnValue:
    """Note something that happened with an account."""
    account = queries.get_to_edit(viewer(), reference, now=clock.now())
    form = NoteForm()
    if attempt(form, lambda: _note(account, form)):
        where = url_for("accounts.show", reference=reference, _anchor="history")
        return done(where, _("Noted."))
    return show_page(account, note=form)


def _note(account: Account, form: NoteForm) -> object:
    corrects = form.corrects_id.data or ""
    if corrects:
        entry_id = int(corrects) if corrects.isdecimal() and len(corrects) < 18 else 0
        queries.get_entry(viewer(), account.id, entry_id, now=clock.now())
    return actions.add_entry(
        account.id,
        lane=Lane(form.lane.data),
        kind=EntryKind(form.kind.data),
        text=form.text.data or "",
        event_at=instant(form.event_at.data),
        language=viewer().language,
        corrects_id=int(corrects) if corrects else None,
        by=viewer(),
        now=clock.now(),
    )


@bp.post("/<reference>/promises")
@require(Permission.ACCOUNTS_EDIT)
def add_promise(reference: str) -> ResponseReturnValue:
    """Write down what we promised."""
    account = queries.get_to_edit(viewer(), reference, now=clock.now())
    form = PromiseForm()
    made = attempt(form, lambda: _promise(account, form))
    if made:
        where = url_for("accounts.show", reference=reference, _anchor="promises")
        alone = _("The promise is kept on file, marked as made without authority; finance is told.")
        return done(where, alone if made.without_authority else _("The promise is on file."))
    return show_page(account, promise=form)


def _promise(account: Account, form: PromiseForm) -> Promise:
    due = instant(form.due_at.data)
    if due is None:
        raise Refused(_("By when? A promise has a time."), field="due_at")
    return actions.promise(
        account.id,
        kind=PromiseKind(form.kind.data),
        what=form.what.data or "",
        to_whom=form.to_whom.data or "",
        due_at=due,
        concession_ref=form.concession_ref.data or None,
        language=viewer().language,
        by=viewer(),
        now=clock.now(),
    )


@bp.route("/<reference>/promises/<int:promise_id>", methods=["GET", "POST"])
@require(Permission.ACCOUNTS_EDIT)
def settle(reference: str, promise_id: int) -> ResponseReturnValue:
    """Say what became of a promise."""
    account = queries.get_to_edit(viewer(), reference, now=clock.now())
    promise = queries.get_promise(viewer(), promise_id, now=clock.now())
    form = SettleForm(what=promise.what)
    if attempt(form, lambda: _settle(promise, form)):
        where = url_for("accounts.show", reference=reference, _anchor="promises")
        return done(where, _("It is on file."))
    return page("accounts/settle.html", form=form, account=account, promise=promise)


def _settle(promise: Promise, form: SettleForm) -> bool:
    by, now, reason = viewer(), clock.now(), form.reason.data or ""
    if form.outcome.data == "kept":
        actions.keep(promise, reason=reason, by=by, now=now)
    elif form.outcome.data == "broken":
        actions.break_(promise, reason=reason, by=by, now=now)
    else:
        due = instant(form.due_at.data)
        if due is None:
            raise Refused(_("By when? A promise has a time."), field="due_at")
        actions.renegotiate(
            promise, what=form.what.data or "", due_at=due, reason=reason, by=by, now=now
        )
    return True
