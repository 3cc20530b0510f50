"""Working on a case: taking it, talking to the customer, promising, handing over."""

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import EntryKind, Promise, PromiseKind
from portal.blueprints.notifications import queries as mail_queries
from portal.core import clock
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import _
from portal.core.web import choices, require, viewer

from .. import actions, queries
from ..forms import (
    CommentForm,
    CriterionForm,
    HandOverForm,
    MoveForm,
    NoteForm,
    PromiseForm,
    SettleForm,
)
from ..models import Escalation, EscalationKind, Level
from ..rules.words import kind_words, level_words
from .blueprint import LEADERS, ask_for, bp, case_of, do, instant

TALK: dict[str, dict[str, Any]] = {
    "note": {"kind": EntryKind.NOTE},
    "called": {"kind": EntryKind.CALL, "reached": True},
    "met": {"kind": EntryKind.MEETING, "reached": True},
    "heard": {"kind": EntryKind.CALL, "from_customer": True},
    "tried": {"kind": EntryKind.CALL},
}


@bp.post("/<reference>/accept")
@require(Permission.ESCALATIONS_WORK)
def accept(reference: str) -> ResponseReturnValue:
    """Take a case as its owner."""
    return do(
        reference,
        lambda case: actions.accept(case, by=viewer(), now=clock.now()),
        _("You have accepted the case."),
    )


@bp.route("/<reference>/note", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_WORK)
def note(reference: str) -> ResponseReturnValue:
    """Add to the timeline."""
    case, form = case_of(reference), NoteForm()
    told: list[str] = []
    return ask_for(
        case,
        form,
        lambda: told.extend(
            actions.note(
                case,
                form.text.data or "",
                at=instant(form.at.data),
                by=viewer(),
                now=clock.now(),
                **TALK[form.what.data or "note"],
            )
        ),
        title=_("Add to the timeline"),
        lead=_("Facts and times, no guesses about fault: a judge may read this."),
        submit=_("Add it"),
        message=lambda: (
            _("It is in the timeline; told: %(names)s.", names=", ".join(told))
            if told
            else _("It is in the timeline.")
        ),
    )


@bp.route("/<reference>/comment", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_READ)
def comment(reference: str) -> ResponseReturnValue:
    """Say something in the executive lane."""
    case, form = case_of(reference), CommentForm()
    if not viewer().roles & set(LEADERS):
        raise NotFound
    return ask_for(
        case,
        form,
        lambda: actions.comment(case, form.text.data or "", by=viewer(), now=clock.now()),
        title=_("Comment as an executive"),
        lead=_("Executives and leadership read this; it never leaves the portal."),
        submit=_("Comment"),
        message=_("Your comment is in the executive lane."),
    )


@bp.post("/<reference>/messages/<int:message_id>/take-back")
@require(Permission.ESCALATIONS_WORK)
def take_back(reference: str, message_id: int) -> ResponseReturnValue:
    """Take a message back before it leaves."""
    return do(
        reference,
        lambda case: actions.take_back(
            case, mail_queries.get(message_id), by=viewer(), now=clock.now()
        ),
        _("The message was taken back; nothing was sent."),
    )


@bp.route("/<reference>/promise", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_WORK)
def promise(reference: str) -> ResponseReturnValue:
    """Record a promise to the customer."""
    case = case_of(reference)
    form = PromiseForm(by=viewer().id) if request.method == "GET" else PromiseForm()
    form.by.choices = queries.doers(case, now=clock.now())
    return ask_for(
        case,
        form,
        lambda: _promise(case, form),
        title=_("Record a promise"),
        lead=_("What we owe the customer stands on the case until it is kept."),
        submit=_("Record the promise"),
        message=_("The promise stands in the ledger."),
    )


def _promise(case: Escalation, form: PromiseForm) -> object:
    now = clock.now()
    return account_actions.promise(
        case.account_id,
        kind=PromiseKind(form.kind.data),
        what=form.what.data or "",
        to_whom=form.to_whom.data or "",
        due_at=instant(form.due.data) or now,
        by_id=form.by.data,
        case_ref=case.reference,
        by=viewer(),
        now=now,
    )


@bp.route("/<reference>/promises/<int:promise_id>", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_WORK)
def settle(reference: str, promise_id: int) -> ResponseReturnValue:
    """Say what became of a promise."""
    case, form = case_of(reference), SettleForm()
    row = account_queries.get_promise(viewer(), promise_id, now=clock.now())
    if row.case_ref != case.reference:
        raise NotFound
    return ask_for(
        case,
        form,
        lambda: _settle(case, row, form),
        title=_("What became of this promise?"),
        lead=row.what,
        submit=_("Record it"),
        message=_("The ledger is up to date."),
    )


def _settle(case: Escalation, row: Promise, form: SettleForm) -> None:
    by, now, reason = viewer(), clock.now(), form.reason.data or ""
    if form.how.data == "kept":
        account_actions.keep(row, by=by, now=now, reason=reason)
    elif form.how.data == "broken":
        account_actions.break_(row, by=by, now=now, reason=reason)
        actions.propose_raising(case, row.id, by=by, now=now)
    else:
        account_actions.renegotiate(
            row,
            what=form.what.data or "",
            due_at=instant(form.due.data) or now,
            reason=reason,
            by=by,
            now=now,
        )


@bp.route("/<reference>/hand-over", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_WORK)
def hand_over(reference: str) -> ResponseReturnValue:
    """Give a case to another owner."""
    case, form = case_of(reference), HandOverForm()
    form.to.choices = choices([("", _("As it is")), *queries.owner_choices(case)])
    form.team.choices = choices([("", _("As it is")), *queries.team_choices()])
    return ask_for(
        case,
        form,
        lambda: actions.hand_over(
            case,
            to_id=form.to.data,
            team_id=form.team.data,
            why=form.why.data or "",
            summary=form.summary.data or "",
            by=viewer(),
            now=clock.now(),
        ),
        title=_("Hand the case over"),
        lead=_("The customer's clocks go on: the next owner starts from your summary."),
        submit=_("Hand over"),
        message=_("The case is handed over; the new owner is told."),
    )


@bp.route("/<reference>/level", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_WORK)
def level(reference: str) -> ResponseReturnValue:
    """Take a case to another level."""
    case, form = case_of(reference), MoveForm()
    others = [one for one in Level if one is not case.level]
    form.level.choices = choices((one.value, level_words(one)) for one in others)
    form.kind.choices = choices((one.value, kind_words(one)) for one in EscalationKind)
    form.to.choices = choices([("", _("As it is")), *queries.owner_choices(case)])
    form.team.choices = choices([("", _("As it is")), *queries.team_choices()])
    return ask_for(
        case,
        form,
        lambda: _move(case, form),
        title=_("Move to another level"),
        lead=_(
            "From %(level)s. Whoever receives the case is told, and starts from your summary.",
            level=level_words(case.level),
        ),
        submit=_("Move the case"),
        message=_("The case has moved; who receives it is told."),
    )


def _move(case: Escalation, form: MoveForm) -> object:
    return actions.move_level(
        case,
        Level(form.level.data),
        kind=EscalationKind(form.kind.data),
        to_id=form.to.data,
        team_id=form.team.data,
        why=form.why.data or "",
        summary=form.summary.data or "",
        by=viewer(),
        now=clock.now(),
    )


@bp.post("/<reference>/level/restore")
@require(Permission.ESCALATIONS_WORK)
def restore_level(reference: str) -> ResponseReturnValue:
    """Take a case back to the executive level while leaving it cools off."""
    return do(
        reference,
        lambda case: actions.restore_level(case, by=viewer(), now=clock.now()),
        _("The case is back at the executive level."),
    )


@bp.post("/<reference>/criteria")
@require(Permission.ESCALATIONS_WORK)
def add_criterion(reference: str) -> ResponseReturnValue:
    """Add an exit criterion."""
    case, form = case_of(reference), CriterionForm()
    return ask_for(
        case,
        form,
        lambda: actions.add_criterion(case, form.text.data or "", by=viewer(), now=clock.now()),
        title=_("Add an exit criterion"),
        submit=_("Add it"),
        message=_("The exit criterion is added."),
    )


@bp.post("/<reference>/criteria/<int:criterion_id>")
@require(Permission.ESCALATIONS_WORK)
def tick_criterion(reference: str, criterion_id: int) -> ResponseReturnValue:
    """Tick an exit criterion, or take the tick away."""
    met = request.form.get("met") == "1"
    return do(
        reference,
        lambda case: actions.tick_criterion(
            case,
            queries.criterion(case, criterion_id),
            met=met,
            agreed=request.form.get("agreed") == "1",
            by=viewer(),
            now=clock.now(),
        ),
        _("The criterion is met.") if met else _("The criterion is open again."),
    )
