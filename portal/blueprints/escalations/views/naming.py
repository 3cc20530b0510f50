"""Who may see a case at all: closing it to all but named people, naming them, opening it again."""

from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import _
from portal.core.web import choices, require, viewer

from .. import actions, queries
from ..forms import ReasonForm
from ..forms.people import NameForm, RestrictForm
from ..models import Escalation
from .blueprint import ask_for, bp, case_of


@bp.route("/<reference>/restrict", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_READ)
def restrict(reference: str) -> ResponseReturnValue:
    """Close a case to all but named people."""
    case, form = case_of(reference), RestrictForm()
    always = queries.staying(case) | {viewer().id}
    named = queries.named_on(case, now=clock.now())
    form.keep.choices = choices((one, name) for one, name in named.items() if one not in always)
    if not form.keep.choices:
        del form.keep
    return ask_for(
        case,
        form,
        lambda: actions.restrict(
            case,
            keep=(form.keep.data or []) if "keep" in form else [],
            reason=form.reason.data or "",
            by=viewer(),
            now=clock.now(),
        ),
        title=_("Restrict the case to named people"),
        lead=_(
            "Its owner, its executive owner, who declared it and you keep seeing it. For everybody"
            " else it does not exist any more, at once."
        ),
        submit=_("Restrict it"),
        message=_("The case is restricted."),
    )


@bp.route("/<reference>/lift", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_READ)
def lift(reference: str) -> ResponseReturnValue:
    """Open a restricted case again."""
    case, form = _restricted(reference), ReasonForm()
    return ask_for(
        case,
        form,
        lambda: actions.lift(case, reason=form.reason.data or "", by=viewer(), now=clock.now()),
        title=_("Open the case to its team again"),
        lead=_("Everybody whose role or team opens it sees it again, with all that was written."),
        submit=_("Open it to its team"),
        message=_("The case is not restricted any more."),
    )


@bp.route("/<reference>/people", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_READ)
def let_in(reference: str) -> ResponseReturnValue:
    """Name one more person who may see a restricted case."""
    case, form = _restricted(reference), NameForm()
    named = queries.named_on(case, now=clock.now())
    form.person.choices = choices(one for one in queries.readers_of() if one[0] not in named)
    return ask_for(
        case,
        form,
        lambda: actions.let_in(
            case,
            form.person.data or 0,
            reason=form.reason.data or "",
            by=viewer(),
            now=clock.now(),
        ),
        title=_("Name one more person"),
        lead=_("They see the whole case as far as their role reads, and are told."),
        submit=_("Let them in"),
        message=_("They are named and told."),
    )


@bp.route("/<reference>/people/<int:person_id>", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_READ)
def shut_out(reference: str, person_id: int) -> ResponseReturnValue:
    """Take a person off a restricted case."""
    case, form = _restricted(reference), ReasonForm()
    name = queries.named_on(case, now=clock.now()).get(person_id)
    if name is None:
        raise NotFound
    return ask_for(
        case,
        form,
        lambda: actions.shut_out(
            case, person_id, reason=form.reason.data or "", by=viewer(), now=clock.now()
        ),
        title=_("Take %(name)s off the case", name=name),
        lead=_("For them it does not exist any more, at once."),
        submit=_("Take them off"),
        message=_("They see the case no more."),
    )


def _restricted(reference: str) -> Escalation:
    case = case_of(reference)
    if not case.restricted:
        raise NotFound
    return case
