"""What the customer is told: the texts they read, and letters with their fields."""

from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.accounts.models import Contact
from portal.core import clock
from portal.core.access import Permission
from portal.core.i18n import _
from portal.core.web import attempt, choices, done, page, require, viewer

from .. import actions, queries
from ..forms import WriteForm
from ..forms.saying import StatusForm
from ..models import OPEN_STATES, Escalation
from ..rules import drafts, saying
from ..rules.letters import Letter
from .blueprint import ask_for, bp, case_of

MOST_LETTERS = 3
"""People whose letters are offered at the top; the list of all stands below."""


@bp.route("/<reference>/write", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_WORK)
def write(reference: str) -> ResponseReturnValue:
    """Write to the customer: freely, or beginning with a letter in their language; look first."""
    case, now = case_of(reference), clock.now()
    people = [one for one in queries.contacts(case) if one.email]
    first = queries.proposed_letter(case, now=now) if request.method == "GET" else None
    form = WriteForm() if request.method == "POST" else _begun(case, people, first)
    form.contact.choices = [
        (one.id, f"{one.name}, {one.title or one.email} ({one.language})") for one in people
    ]
    shown: dict[str, Any] = {
        "title": _("Write to the customer"),
        "lead": _lead(first is not None and not request.args.get("kind")),
        "submit": _("Send in 60 seconds"),
        "quote": case.customer_words if people else "",
        "quote_language": case.words_language,
        "people": people[:MOST_LETTERS],
        "kinds": drafts.KINDS,
        "kind_words": drafts.kind_words,
        "chosen": request.args.get("kind"),
        "look": None,
    }
    if request.form.get("do") == "look" and form.validate():
        shown |= {"back": url_for("escalations.show", reference=reference), "reference": reference}
        shown["editing"] = url_for("escalations.editing", reference=reference, what="form")
        return page("escalations/write.html", form=form, **shown | {"look": _look(case, form)})
    message = _("It leaves in 60 seconds.")
    template = "escalations/write.html"
    return ask_for(
        case, form, lambda: _send(case, form), message=message, template=template, **shown
    )


def _lead(proposed: bool) -> str:
    """Say when a message leaves, and where its words come from if they are proposed."""
    leaves = _("It leaves in 60 seconds; until then you can take it back on the case's page.")
    if not proposed:
        return leaves
    words = _("The rule that took the case proposes these words: read and change them.")
    return f"{words} {leaves}"


def _begun(case: Escalation, people: Sequence[Contact], first: Letter | None) -> WriteForm:
    """Give the form with the letter that the address asks for in place, else with the `first` one
    that a rule proposes.
    """
    kind, to = request.args.get("kind"), request.args.get("to", type=int)
    contact = next((one for one in people if one.id == to), None)
    if contact is None or kind not in drafts.KINDS:
        return WriteForm(**first._asdict()) if first else WriteForm()
    found = queries.letter(case, contact, kind, now=clock.now())
    return WriteForm(contact=contact.id, subject=found.subject, text=found.text)


def _look(case: Escalation, form: WriteForm) -> dict[str, str]:
    contact = queries.contact(case, form.contact.data or 0)
    return {
        "language": contact.language,
        "subject": form.subject.data or "",
        "text": form.text.data or "",
    }


def _send(case: Escalation, form: WriteForm) -> object:
    return actions.write(
        case,
        queries.contact(case, form.contact.data or 0),
        subject=form.subject.data or "",
        text=form.text.data or "",
        key=request.form.get("once") or "-",
        by=viewer(),
        now=clock.now(),
    )


@bp.route("/<reference>/customer", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_WORK)
def customer(reference: str) -> ResponseReturnValue:
    """Show what the customer reads of a case, and take down what they shall read next."""
    case, form = case_of(reference), StatusForm()
    people = [(one.id, one.name) for one in queries.contacts(case) if one.email]
    form.contact.choices = choices([("", _("Nobody: it stands in their room alone")), *people])
    if attempt(form, lambda: _write(case, form)):
        where = url_for("escalations.customer", reference=reference)
        return done(where, _("It is written. The customer reads it once it is approved."))
    rows = queries.statuses(case)
    who, executive = viewer().id, case.executive
    return page(
        "escalations/customer.html",
        form=form,
        case=case,
        rows=rows,
        current=queries.approved(case.id),
        hears_by=queries.hears_by(case),
        is_open=case.state in OPEN_STATES,
        may_approve=lambda row: saying.may_approve(row.written_by_id, who, executive=executive),
    )


def _write(case: Escalation, form: StatusForm) -> object:
    return actions.write_status(
        case,
        (form.text.data or "").replace("\r\n", "\n"),
        contact=queries.contact(case, form.contact.data) if form.contact.data else None,
        every_days=form.every_days.data,
        by=viewer(),
        now=clock.now(),
    )


@bp.post("/<reference>/customer/<int:status_id>/approve")
@require(Permission.ESCALATIONS_WORK)
def approve_status(reference: str, status_id: int) -> ResponseReturnValue:
    """Approve a text for the customer."""
    case = case_of(reference)
    row = queries.status(case, status_id)
    actions.approve_status(case, row, by=viewer(), now=clock.now())
    where = url_for("escalations.customer", reference=reference)
    return done(where, _("The customer reads it now."))
