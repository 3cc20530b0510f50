"""Declaring, and the page of a case."""

from enum import StrEnum
from typing import Any, TypeVar

from flask import request, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectField

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account, EntryKind
from portal.core import clock
from portal.core.access import Permission
from portal.core.errors import NotFound, Refused
from portal.core.i18n import _, show_day
from portal.core.web import attempt, done, page, require, viewer

from .. import actions, queries
from ..forms import CriterionForm, DeclareForm, NoteForm
from ..forms.room import wanted_of
from ..models import (
    OPEN_STATES,
    Channel,
    Escalation,
    EscalationKind,
    NoticeChannel,
    NoticeKind,
    Problem,
    Severity,
    Stance,
    State,
    Trigger,
)
from ..rules import share
from ..rules.tags import tags_of
from .blueprint import bp, end_of

ADD_TO = "add:"

C = TypeVar("C", bound=StrEnum)


@bp.route("/new", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_DECLARE)
def new() -> ResponseReturnValue:
    """Declare a case: three fields, and what the policies make of them."""
    form = DeclareForm(data=_prefilled() if request.method == "GET" else None)
    word = request.form.get("do", "")
    if word.startswith(ADD_TO):
        joined = attempt(form, lambda: _add_to_open(form, word.removeprefix(ADD_TO)))
        if joined:
            text = _("Added to the open case; its owner owes an answer.")
            return done(url_for("escalations.show", reference=joined.reference), text)
        return page("escalations/new.html", form=form, **_beside(form))
    made = None if word == "look" else attempt(form, lambda: _declare(form, draft=word == "draft"))
    if made:
        text = (
            _("The draft is kept: only you see it.")
            if made.state is State.DRAFT
            else _("Declared. The people concerned are being told.")
        )
        return done(url_for("escalations.show", reference=made.reference), text)
    return page("escalations/new.html", form=form, **_beside(form))


def _prefilled() -> dict[str, Any]:
    given = request.args
    return {"account": given.get("account", ""), "previous": given.get("previous", "")}


def _account(form: DeclareForm) -> Account | None:
    """Find the account a person means; a choice among several counts while the name stays."""
    text, now = form.account.data or "", clock.now()
    found = queries.find_accounts(viewer(), text, now=now, declares=True)
    picked = [one for one in found if one.reference == request.form.get("pick")]
    chosen = picked or (found if len(found) == 1 else [])
    return chosen[0] if chosen else None


def _choice(kind: type[C], field: SelectField) -> C | None:
    """Read a choice; one that there is not counts as none: the form is shown again for it."""
    return kind(field.data) if field.data in list(kind) else None


def _wish(form: DeclareForm, account: Account) -> queries.Wish:
    return queries.Wish(
        words=form.words.data or "",
        demand=form.demand.data or "",
        deadline_at=end_of(form.deadline.data, account.zone),
        trigger=_choice(Trigger, form.trigger),
        severity=_choice(Severity, form.severity),
        owner_id=form.owner.data,
        problem=_choice(Problem, form.problem) or Problem.OTHER,
        channel=_choice(Channel, form.channel) or Channel.PHONE,
        kind=_choice(EscalationKind, form.kind) or EscalationKind.HIERARCHICAL,
        tags=tags_of((form.tags.data or "").split(",")),
        follows=bool(form.previous.data),
        language=form.language.data or None,
        notice=_choice(NoticeKind, form.notice),
    )


def _declare(form: DeclareForm, *, draft: bool) -> Escalation:
    by, now = viewer(), clock.now()
    account = _account(form)
    if account is None:
        raise Refused(
            _("Which one? Choose below.")
            if queries.find_accounts(by, form.account.data or "", now=now, declares=True)
            else _(
                "We find no such customer. One that is not yours must be named exactly, or by its"
                " number."
            ),
            field="account",
        )
    wish = _wish(form, account)
    if not draft:
        _ask_whether_another(form, account)
    notice = None
    if wish.notice is not None:
        channel = NoticeChannel(form.notice_channel.data)
        notice = actions.NoticeGiven(kind=wish.notice, channel=channel, received_at=now)
    return actions.declare(
        account,
        wish,
        by=by,
        now=now,
        notice=notice,
        words_by=form.words_by.data or "",
        reason=form.reason.data or "",
        draft=draft,
        previous=queries.get(by, form.previous.data, now=now) if form.previous.data else None,
        because=form.because.data or "",
    )


def _ask_whether_another(form: DeclareForm, account: Account) -> None:
    """Refuse until somebody who sees an open case of the customer says that this is another."""
    is_open = queries.open_of_account(viewer(), account.id, now=clock.now())
    if is_open and not form.another.data:
        raise Refused(
            _("This customer has an open case already. Is this another matter?"), field="another"
        )


def _add_to_open(form: DeclareForm, reference: str) -> Escalation:
    """Put what the customer said into a case that is open for the same reason."""
    by, now = viewer(), clock.now()
    if not by.may(Permission.ESCALATIONS_WORK):
        raise NotFound
    case = queries.get(by, reference, now=now, lock=True)
    kind = EntryKind.EMAIL_IN if form.channel.data == Channel.EMAIL else EntryKind.CALL
    text = "\n\n".join(filter(None, (form.words.data, form.demand.data)))
    actions.note(case, text, kind=kind, from_customer=True, by=by, now=now)
    return case


def _beside(form: DeclareForm) -> dict[str, Any]:
    """Give what stands beside the three fields: what a name may mean, open cases, the proposal."""
    text, now = form.account.data or "", clock.now()
    form.owner.choices = [("", _("As proposed")), *queries.owner_choices()]
    account = _account(form) if text else None
    by = viewer()
    unclear = bool(text) and account is None
    found = queries.find_accounts(by, text, now=now, declares=True) if unclear else []
    words_given = (form.words.data or "").strip()
    looked = account is not None and bool(words_given)
    proposed = (
        queries.proposal(account, _wish(form, account), by=viewer(), now=now)
        if looked and account
        else None
    )
    return {
        "account": account,
        "candidates": found,
        "open_cases": queries.open_of_account(viewer(), account.id, now=now) if account else [],
        "similar": queries.similar(
            viewer(),
            account.id,
            f"{words_given} {form.demand.data or ''}",
            trigger=proposed.chosen_trigger if proposed else None,
            now=now,
        )
        if account
        else [],
        "proposed": proposed,
        "adds": viewer().may(Permission.ESCALATIONS_WORK) and looked,
        # Before it is declared nobody stands to the case: what counts is whose customer it is.
        "sees_value": account is not None
        and queries.sees_value(viewer())
        and account_queries.sees_value_of(viewer(), account, now=now),
    }


@bp.get("/<reference>")
@require(Permission.ESCALATIONS_READ)
def show(reference: str) -> ResponseReturnValue:
    """Show a case: who owns it, what is due, what was promised, what is at stake, what happened."""
    now, wanted = clock.now(), wanted_of(request.args)
    case = queries.case_page(
        viewer(), reference, now=now, cursor=request.args.get("after"), wanted=wanted
    )
    return page(
        "escalations/show.html",
        case=case,
        row=case.row,
        wanted=wanted,
        note=NoteForm,
        criterion=CriterionForm,
        at=now,
        is_open=case.row.state in OPEN_STATES,
        may=queries.rights(case, viewer(), now=now),
        situation=queries.situation(case, show_day),
        notice_words=queries.notice_words,
        decision_words=queries.decision_words,
        fact_rows=queries.fact_rows,
        clock_share=share,
        stance=Stance,
        legal_day=queries.legal_day,
    )
