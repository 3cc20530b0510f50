"""Who must hear something about a case, and what each was told."""

from flask import request
from flask.typing import ResponseReturnValue

from portal.blueprints.auth import queries as auth_queries
from portal.core import clock
from portal.core.access import Permission
from portal.core.i18n import _
from portal.core.web import choices, require, viewer

from .. import actions, queries
from ..forms.people import StakeholderForm, StanceForm, TellForm
from ..models import Escalation, Stance
from .blueprint import ask_for, bp, case_of, do, instant


@bp.route("/<reference>/stakeholders", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_WORK)
def add_stakeholder(reference: str) -> ResponseReturnValue:
    """Add one of the customer's people, or of ours."""
    case, form = case_of(reference), StakeholderForm()
    theirs = [
        (f"c{one.id}", _("%(name)s (customer)", name=one.name)) for one in queries.contacts(case)
    ]
    ours = [(f"p{one}", name) for one, name in auth_queries.choices()]
    form.who.choices = choices([*theirs, *ours])
    return ask_for(
        case,
        form,
        lambda: _add(case, form),
        title=_("Add a stakeholder"),
        lead=_("Somebody who must hear something. It lets nobody into the case."),
        submit=_("Add them"),
        message=_("They stand on the list."),
    )


def _add(case: Escalation, form: StakeholderForm) -> object:
    side, number = (form.who.data or "p0")[0], int((form.who.data or "p0")[1:])
    return actions.add_stakeholder(
        case,
        contact_id=number if side == "c" else None,
        person_id=number if side == "p" else None,
        part=form.part.data or "",
        stance=Stance(form.stance.data),
        needs=form.needs.data or "",
        by=viewer(),
        now=clock.now(),
    )


@bp.route("/<reference>/stakeholders/<int:row_id>", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_WORK)
def judge_stakeholder(reference: str, row_id: int) -> ResponseReturnValue:
    """Note that somebody's part, stance or need is another now."""
    case = case_of(reference)
    row = queries.stakeholder(case, row_id)
    form = StanceForm(obj=row) if request.method == "GET" else StanceForm()
    return ask_for(
        case,
        form,
        lambda: actions.judge_stakeholder(
            case,
            row,
            part=form.part.data or "",
            stance=Stance(form.stance.data),
            needs=form.needs.data or "",
            by=viewer(),
            now=clock.now(),
        ),
        title=queries.name_of(row),
        lead=_("The person may read this."),
        submit=_("Save"),
        message=_("Noted."),
    )


@bp.route("/<reference>/stakeholders/<int:row_id>/told", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_WORK)
def tell(reference: str, row_id: int) -> ResponseReturnValue:
    """Write down what somebody was told."""
    case, form = case_of(reference), TellForm()
    row = queries.stakeholder(case, row_id)
    return ask_for(
        case,
        form,
        lambda: actions.tell(
            case,
            row,
            form.text.data or "",
            at=instant(form.at.data),
            by=viewer(),
            now=clock.now(),
        ),
        title=_("What was %(name)s told?", name=queries.name_of(row)),
        lead=_("It stands in the timeline too. Nothing is sent."),
        submit=_("Write it down"),
        message=_("It is written down."),
    )


@bp.post("/<reference>/stakeholders/<int:row_id>/remove")
@require(Permission.ESCALATIONS_WORK)
def remove_stakeholder(reference: str, row_id: int) -> ResponseReturnValue:
    """Take somebody off the list."""
    return do(
        reference,
        lambda case: actions.remove_stakeholder(
            case, queries.stakeholder(case, row_id), by=viewer(), now=clock.now()
        ),
        _("They are off the list; what they were told stays."),
    )
