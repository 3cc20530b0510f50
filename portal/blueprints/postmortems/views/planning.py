"""People and actions of a post-mortem while it is written."""

from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.auth import queries as auth_queries
from portal.core import clock
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import _, show_date
from portal.core.web import require, viewer

from .. import actions, queries, rules
from ..forms import ActionForm, PeopleForm
from ..models import Action, ActionKind, ActionPriority, Postmortem
from ..rules import words
from .blueprint import ask_for, bp, do, row_of

TICKET = ("ticket", "ticket_url")


@bp.route("/<reference>/people", methods=["GET", "POST"])
@require(Permission.POSTMORTEMS_READ)
def people(reference: str) -> ResponseReturnValue:
    """Say who leads it and who takes part."""
    row = row_of(reference)
    if rules.Right.PEOPLE not in queries.rights_of(row, by=viewer()):
        raise NotFound
    form = PeopleForm(
        version=str(row.version),
        facilitator_id=row.facilitator_id,
        people=queries.participants(row),
    )
    everybody = auth_queries.choices()
    form.facilitator_id.choices = [("", _("nobody yet")), *everybody]
    form.people.choices = everybody
    return ask_for(
        row,
        form,
        lambda: actions.set_people(
            row,
            facilitator_id=form.facilitator_id.data,
            people=[person for person in form.people.data or [] if person is not None],
            version=form.seen,
            by=viewer(),
            now=clock.now(),
        ),
        title=_("Who leads it, and who takes part?"),
        lead=_("Not the owner of the case: somebody who can ask the naive question."),
        submit=_("Invite them"),
        message=_("They see the post-mortem now, and are told."),
        place="people",
    )


@bp.route("/<reference>/actions/new", methods=["GET", "POST"])
@require(Permission.POSTMORTEMS_CONTRIBUTE)
def add_action(reference: str) -> ResponseReturnValue:
    """Agree an action."""
    row = row_of(reference)
    if rules.Right.CONTRIBUTE not in queries.rights_of(row, by=viewer()):
        raise NotFound
    form = _filled(row, ActionForm(priority=ActionPriority.NORMAL.value))
    return ask_for(
        row,
        form,
        lambda: actions.add_action(row, by=viewer(), now=clock.now(), **_given(form)),
        title=_("Agree an action"),
        submit=_("Agree this action"),
        message=_("The action is agreed, and its owner is told."),
        place="actions",
        lead=_lead(row),
    )


@bp.route("/<reference>/actions/<int:action_id>", methods=["GET", "POST"])
@require(Permission.POSTMORTEMS_CONTRIBUTE)
def change_action(reference: str, action_id: int) -> ResponseReturnValue:
    """Change an action while it is only proposed."""
    row = row_of(reference)
    if rules.Right.WRITE not in queries.rights_of(row, by=viewer()):
        raise NotFound
    action = queries.get_action(row, action_id)
    form = _filled(row, ActionForm(data=_data(action)))
    return ask_for(
        row,
        form,
        lambda: actions.change_action(
            row, action, version=form.seen, by=viewer(), now=clock.now(), **_given(form)
        ),
        title=_("Change this action"),
        submit=_("Keep this action"),
        message=_("The action is changed."),
        place="actions",
        lead=_lead(row),
        also_url=url_for("postmortems.remove_action", reference=reference, action_id=action_id),
    )


@bp.post("/<reference>/actions/<int:action_id>/remove")
@require(Permission.POSTMORTEMS_CONTRIBUTE)
def remove_action(reference: str, action_id: int) -> ResponseReturnValue:
    """Take a proposed action out."""
    return do(
        reference,
        lambda row: actions.remove_action(
            row, queries.get_action(row, action_id), by=viewer(), now=clock.now()
        ),
        _("The action is taken out."),
        place="actions",
    )


def _lead(row: Postmortem) -> str:
    first, second = (actions.due_proposed(row, p, now=clock.now()) for p in ActionPriority)
    lead: str = _(
        "Without a day, policy sets one: %(soon)s for a priority, %(later)s for others.",
        soon=show_date(first),
        later=show_date(second),
    )
    return lead


def _filled(row: Postmortem, form: ActionForm) -> ActionForm:
    form.owner_id.choices = [("", _("nobody yet")), *auth_queries.choices()]
    causes = [(c.id, words.factor_words(c.factor)) for c in queries.causes_of(row)]
    form.cause_id.choices = [("", _("none in particular")), *causes]
    return form


def _given(form: ActionForm) -> dict[str, Any]:
    return {
        "what": form.what.data or "",
        "outcome": form.outcome.data or "",
        "owner_id": form.owner_id.data or 0,
        "priority": ActionPriority(form.priority.data),
        "due_on": form.due_on.data,
        "verification": form.verification.data or "",
        "cause_id": form.cause_id.data,
        "kind": ActionKind(form.kind.data),
        "ticket": form.ticket.data or "",
        "ticket_url": form.ticket_url.data or "",
    }


def _data(action: Action) -> dict[str, Any]:
    names = ("what", "outcome", "owner_id", "due_on", "verification", "cause_id", *TICKET)
    found = {name: getattr(action, name) for name in names}
    kind = action.kind.value if action.kind else ""
    return {
        **found,
        "kind": kind,
        "priority": action.priority.value,
        "version": str(action.version),
    }
