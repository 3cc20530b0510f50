"""One message to the other customers that a case hits: picked, approved, sent, answered."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.accounts import queries as account_queries
from portal.core import clock
from portal.core.access import Permission
from portal.core.i18n import LANGUAGES, _, ngettext
from portal.core.web import attempt, done, page, require, viewer

from .. import actions, queries, rules
from ..forms.mailing import MailingForm, PickForm
from ..models import Escalation, MailingState
from ..rules.mailing import Picked
from .blueprint import bp, case_of

SHOWN = 100


def _home(reference: str) -> str:
    return url_for("escalations.mailings", reference=reference)


@bp.get("/<reference>/affected/mailings")
@require(Permission.ESCALATIONS_READ)
def mailings(reference: str) -> ResponseReturnValue:
    """Show the messages to the customers hit."""
    form = MailingForm(formdata=None)
    return _page(case_of(reference), PickForm(formdata=None), form, asked=form)


@bp.post("/<reference>/affected/mailings/new")
@require(Permission.ESCALATIONS_WORK)
def write_mailing(reference: str) -> ResponseReturnValue:
    """Write a message to the customers hit."""
    case, form = case_of(reference), MailingForm()
    made = attempt(form, lambda: _write(case, form))
    if made:
        return done(_home(reference), _("The message waits for a second person."))
    return _page(case, PickForm(formdata=None), form, asked=form)


def _write(case: Escalation, form: MailingForm) -> object:
    given = form.data
    words = {
        language: {
            "subject": given[f"subject_{language}"] or "",
            "text": given[f"text_{language}"] or "",
        }
        for language in LANGUAGES
    }
    return actions.write_mailing(case, words, by=viewer(), now=clock.now())


@bp.post("/<reference>/affected/pick")
@require(Permission.ESCALATIONS_WORK)
def pick_affected(reference: str) -> ResponseReturnValue:
    """Put the customers on the list of which some facts are true."""
    case, form = case_of(reference), PickForm()
    new = attempt(form, lambda: _pick(case, form))
    if new is not None:
        text = ngettext(
            "One customer is new on the list.", "%(num)d customers are new on the list.", new
        )
        return done(_home(reference), text)
    return _page(case, form, MailingForm(formdata=None), asked=form)


def _pick(case: Escalation, form: PickForm) -> int:
    names = Picked.__dataclass_fields__
    given = {name: form.data[name] for name in names if form.data[name] not in (None, "")}
    return actions.pick_affected(case, Picked(**given), by=viewer(), now=clock.now())


def _page(
    case: Escalation, pick: PickForm, write: MailingForm, *, asked: PickForm | MailingForm
) -> ResponseReturnValue:
    rows = queries.mailings(case)
    return page(
        "escalations/mailings.html",
        form=asked,
        case=case,
        pick=pick,
        write=write,
        rows=[(row, queries.told(row)) for row in rows],
        readers=queries.readers(case),
        works=viewer().may(Permission.ESCALATIONS_WORK),
        sees_value=account_queries.sees_value(viewer()),
        approves=rules.mailing.may_approve,
    )


@bp.get("/<reference>/affected/mailings/<int:mailing_id>")
@require(Permission.ESCALATIONS_READ)
def mailing(reference: str, mailing_id: int) -> ResponseReturnValue:
    """Show how far a message got, customer by customer."""
    case = case_of(reference)
    row, after = queries.get_mailing(case, mailing_id), request.args.get("after", "")
    start = int(after) if after.isdecimal() and len(after) < 10 else 0
    lines = queries.lines(row, viewer(), now=clock.now(), after=start, limit=SHOWN)
    return page(
        "escalations/mailing.html",
        case=case,
        row=row,
        told=queries.told(row),
        lines=lines,
        more=lines[-1].id if len(lines) == SHOWN else None,
        works=viewer().may(Permission.ESCALATIONS_WORK),
        sending=row.state is MailingState.APPROVED,
    )


@bp.post("/<reference>/affected/mailings/<int:mailing_id>/approve")
@require(Permission.ESCALATIONS_READ)
def approve_mailing(reference: str, mailing_id: int) -> ResponseReturnValue:
    """Approve a message; it is then sent to each customer."""
    case = case_of(reference)
    row = queries.get_mailing(case, mailing_id, lock=True)
    actions.approve_mailing(case, row, by=viewer(), now=clock.now())
    back = url_for("escalations.mailing", reference=reference, mailing_id=mailing_id)
    return done(back, _("Approved: it is being sent."))


@bp.post("/<reference>/affected/mailings/<int:mailing_id>/drop")
@require(Permission.ESCALATIONS_WORK)
def drop_mailing(reference: str, mailing_id: int) -> ResponseReturnValue:
    """Drop a message that was not approved."""
    case = case_of(reference)
    row = queries.get_mailing(case, mailing_id, lock=True)
    actions.drop_mailing(case, row, by=viewer(), now=clock.now())
    return done(_home(reference), _("The message is dropped."))


@bp.post("/<reference>/affected/mailings/<int:mailing_id>/answers")
@require(Permission.ESCALATIONS_WORK)
def note_mailing_answer(reference: str, mailing_id: int) -> ResponseReturnValue:
    """Keep what a customer said."""
    case, by, now = case_of(reference), viewer(), clock.now()
    row = queries.get_mailing(case, mailing_id, lock=True)
    account = queries.visible_account(by, request.form.get("account", ""), now=now)
    text = request.form.get("answer", "")[:400]
    actions.note_answer(case, row, account.id, text=text, by=by, now=now)
    back = url_for("escalations.mailing", reference=reference, mailing_id=mailing_id)
    return done(back, _("Their answer is kept."))
