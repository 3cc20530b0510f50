"""Doors to the people at a customer."""

from flask import url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import Permission
from portal.core.db import db
from portal.core.errors import Stale
from portal.core.i18n import _
from portal.core.web import attempt, done, page, read_version, require, show_both, viewer

from .. import actions, queries
from ..forms import ContactForm
from ..models import Account, Contact
from .base import bp


@bp.route("/<reference>/contacts/new", methods=["GET", "POST"])
@require(Permission.ACCOUNTS_EDIT)
def add_contact(reference: str) -> ResponseReturnValue:
    """Add a person at the customer."""
    account = queries.get_to_edit(viewer(), reference, now=clock.now())
    form = ContactForm(language=account.language)
    made = attempt(
        form,
        lambda: actions.add_contact(account, by=viewer(), now=clock.now(), **form.values()),
    )
    if made:
        return done(url_for("accounts.show", reference=reference), _("The person is added."))
    return page("accounts/contact.html", form=form, account=account, contact=None, both=None)


@bp.route("/<reference>/contacts/<int:contact_id>", methods=["GET", "POST"])
@require(Permission.ACCOUNTS_EDIT)
def edit_contact(reference: str, contact_id: int) -> ResponseReturnValue:
    """Change a person at the customer; a second editor sees both versions."""
    account = queries.get_to_edit(viewer(), reference, now=clock.now())
    contact = queries.get_contact(account, contact_id)
    form = ContactForm(obj=contact, left=contact.left_at is not None)
    shown = {"account": account, "contact": contact}
    try:
        saved = attempt(form, lambda: _edit(account, contact, form))
    except Stale as stale:
        db.session.rollback()
        stands = ContactForm(formdata=None, obj=contact, left=contact.left_at is not None)
        return show_both("accounts/contact.html", form, stale, stands=stands, **shown)
    if saved:
        return done(url_for("accounts.show", reference=reference), _("The person is changed."))
    return page("accounts/contact.html", form=form, both=None, **shown)


def _edit(account: Account, contact: Contact, form: ContactForm) -> bool:
    actions.edit_contact(
        account,
        contact,
        version=read_version(form.version.data),
        values=form.values(),
        left=bool(form.left.data),
        by=viewer(),
        now=clock.now(),
    )
    return True
