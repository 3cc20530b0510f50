"""Doors to rounds: who is asked how an incident stands, when, and what they said."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.blueprints.escalations import queries as cases
from portal.blueprints.escalations.models import OPEN_STATES
from portal.core import clock
from portal.core.access import Permission
from portal.core.i18n import _
from portal.core.web import attempt, choices, done, page, require, viewer

from . import actions, queries, rules
from .forms import AnswerForm, RoundForm, RoundStopForm, WhomForm
from .models import Round

bp = Blueprint("rounds", __name__, url_prefix="/rounds")
bp.record_once(lambda setup: setup.app.jinja_env.globals.update(times_word=rules.written))


def _chosen(value: str | None) -> dict[str, int | None]:
    """Read who was chosen: a person or a team."""
    kind, _colon, number = (value or "").partition(":")
    found = int(number) if number.isdecimal() else None
    return {
        "person_id": found if kind == "person" else None,
        "team_id": found if kind == "team" else None,
    }


def _locked(round_id: int) -> Round:
    held = request.method == "POST"
    return queries.get(viewer(), round_id, now=clock.now(), lock=held)


@bp.get("/")
@require(Permission.ROUNDS_READ)
def index() -> ResponseReturnValue:
    """Show what is asked, when next, and what was answered last."""
    return page("rounds/index.html", found=queries.running(viewer(), now=clock.now()))


@bp.get("/of/<reference>")
@require(Permission.ROUNDS_READ)
def of_case(reference: str) -> ResponseReturnValue:
    """Show the rounds a case waits for, and those it could wait for."""
    now = clock.now()
    case = cases.get(viewer(), reference, now=now)
    free = case.state in OPEN_STATES and queries.waits(case) is None
    others = queries.running(viewer(), now=now) if free else []
    found = queries.of_case(case, viewer(), now=now)
    return page("rounds/case.html", case=case, found=found, others=others, free=free)


@bp.route("/of/<reference>/new", methods=["GET", "POST"])
@require(Permission.ROUNDS_WRITE)
def new(reference: str) -> ResponseReturnValue:
    """Say who is asked how an incident stands, and at which times."""
    now = clock.now()
    case = cases.get(viewer(), reference, now=now, lock=request.method == "POST")
    usual = {"times": "10:00, 16:00", "within": 60, "workdays": True}
    form = RoundForm() if request.method == "POST" else RoundForm(formdata=None, data=usual)
    form.asked.choices = choices(queries.whom())
    form.zone.choices = choices(
        [("asked", _("The clock of who is asked")), ("customer", _("The customer’s clock"))]
    )
    who = _chosen(form.asked.data)
    made = attempt(
        form,
        lambda: actions.open_round(
            case,
            form.question.data or "",
            **who,
            times=rules.times(form.times.data or ""),
            zone=queries.zone_of(case, form.zone.data or "", person_id=who["person_id"]),
            workdays=form.workdays.data,
            within=form.within.data or 0,
            by=viewer(),
            now=now,
        ),
    )
    if made:
        words = _("From the next time on one is asked, and nobody else needs to.")
        return done(url_for("rounds.show", round_id=made.id), words)
    return page("rounds/new.html", form=form, case=case)


@bp.get("/<int:round_id>")
@require(Permission.ROUNDS_READ)
def show(round_id: int) -> ResponseReturnValue:
    """Show a round: who is asked, which cases wait, what was answered."""
    return _show(_locked(round_id))


def _show(row: Round, posted: FlaskForm | None = None) -> ResponseReturnValue:
    """Show a round with its three forms, one of which was posted and refused."""
    me, now = viewer(), clock.now()
    runs = row.next_at is not None

    def kept(kind: type[FlaskForm]) -> FlaskForm:
        return posted if isinstance(posted, kind) else kind(formdata=None)

    return page(
        "rounds/show.html",
        form=posted,
        row=row,
        line=queries.line(row, me, now=now),
        calls=queries.calls(row),
        tell_form=kept(AnswerForm),
        stop_form=kept(RoundStopForm),
        whom_form=posted if isinstance(posted, WhomForm) else _whom_form(row),
        tells=runs and actions.may_tell(row, by=me, now=now),
        leads=runs and me.may(Permission.ROUNDS_WRITE),
    )


def _whom_form(row: Round) -> WhomForm:
    asked = f"person:{row.person_id}" if row.person_id else f"team:{row.team_id}"
    posted = request.method == "POST" and "asked" in request.form
    form = WhomForm() if posted else WhomForm(formdata=None, data={"asked": asked})
    form.asked.choices = choices(queries.whom())
    return form


@bp.post("/<int:round_id>/answer")
@require(Permission.ROUNDS_ANSWER)
def tell(round_id: int) -> ResponseReturnValue:
    """Say how it stands."""
    row, form = _locked(round_id), AnswerForm()

    def act() -> bool:
        actions.tell(row, form.text.data or "", by=viewer(), now=clock.now())
        return True

    if attempt(form, act):
        words = _("It stands in every case that waits. Nothing of it was sent to a customer.")
        return done(url_for("rounds.show", round_id=round_id), words)
    return _show(row, form)


@bp.post("/<int:round_id>/whom")
@require(Permission.ROUNDS_WRITE)
def change_whom(round_id: int) -> ResponseReturnValue:
    """Let somebody else be asked."""
    row = _locked(round_id)
    form = _whom_form(row)

    def act() -> bool:
        actions.change_whom(row, **_chosen(form.asked.data), by=viewer(), now=clock.now())
        return True

    if attempt(form, act):
        return done(url_for("rounds.show", round_id=round_id), _("They are asked next time."))
    return _show(row, form)


@bp.post("/<int:round_id>/stop")
@require(Permission.ROUNDS_WRITE)
def stop(round_id: int) -> ResponseReturnValue:
    """Ask nobody any more."""
    row, form = _locked(round_id), RoundStopForm()

    def act() -> bool:
        actions.stop(row, reason=form.reason.data or "", by=viewer(), now=clock.now())
        return True

    if attempt(form, act):
        return done(url_for("rounds.show", round_id=round_id), _("Nobody is asked any more."))
    return _show(row, form)


@bp.post("/<int:round_id>/join/<reference>")
@require(Permission.ROUNDS_WRITE)
def join(round_id: int, reference: str) -> ResponseReturnValue:
    """Let a case wait for the answers, too."""
    row, now = _locked(round_id), clock.now()
    case = cases.get(viewer(), reference, now=now, lock=True)
    actions.join(row, case, by=viewer(), now=now)
    return done(url_for("rounds.of_case", reference=reference), _("The case waits for it, too."))


@bp.post("/<int:round_id>/leave/<reference>")
@require(Permission.ROUNDS_WRITE)
def leave(round_id: int, reference: str) -> ResponseReturnValue:
    """Let a case wait no more."""
    row, now = _locked(round_id), clock.now()
    case = cases.get(viewer(), reference, now=now, lock=True)
    actions.leave(row, case, by=viewer(), now=now)
    return done(url_for("rounds.of_case", reference=reference), _("The case waits no more."))
