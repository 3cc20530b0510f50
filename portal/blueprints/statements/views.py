"""Doors to holding statements: found by account, written for a case, approved, withdrawn."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.escalations import queries as cases
from portal.blueprints.escalations.models import Escalation
from portal.core import clock
from portal.core.access import Permission
from portal.core.calendar import from_local
from portal.core.i18n import LANGUAGES, _
from portal.core.web import attempt, done, note, page, require, viewer

from . import actions, queries, rules
from .forms import StatementForm, WithdrawForm
from .models import StatementState

bp = Blueprint("statements", __name__, url_prefix="/statements")


@bp.get("/")
@require(Permission.STATEMENTS_READ)
def index() -> ResponseReturnValue:
    """Find what may be said now, by account."""
    asked, account = request.args.get("q", "").strip(), request.args.get("account", "")
    found = queries.in_force(viewer(), now=clock.now(), words=asked[:100], account=account[:24])
    return page("statements/index.html", found=found, asked=asked, language=viewer().language)


@bp.get("/of/<reference>")
@require(Permission.STATEMENTS_READ)
def of_case(reference: str) -> ResponseReturnValue:
    """Show all statements of a case."""
    now = clock.now()
    case = cases.get(viewer(), reference, now=now)
    found = queries.of_case(case, viewer(), now=now)
    return page("statements/case.html", case=case, found=found, language=viewer().language)


@bp.route("/of/<reference>/new", methods=["GET", "POST"])
@require(Permission.STATEMENTS_WRITE)
def new(reference: str) -> ResponseReturnValue:
    """Write a statement, beginning with the one in force."""
    now = clock.now()
    case = cases.get(viewer(), reference, now=now, lock=request.method == "POST")
    form = StatementForm() if request.method == "POST" else _begun(case, now)
    made = attempt(
        form,
        lambda: actions.write(
            case,
            _texts(form.data),
            holds_until=from_local(form.holds_until.data or now, viewer().zone),
            by=viewer(),
            now=now,
        ),
    )
    if made:
        return done(
            url_for("statements.show", statement_id=made.id), _("It waits for a second person.")
        )
    return page("statements/new.html", form=form, case=case)


def _begun(case: Escalation, now: datetime) -> StatementForm:
    before = queries.standing(case, StatementState.APPROVED)
    given: dict[str, Any] = {}
    for language, one in (before[-1].texts if before else {}).items():
        given[f"text_{language}"] = one["text"]
        given[f"questions_{language}"] = rules.unpaired(one["questions"])
    wall = (now + rules.USUAL).astimezone(ZoneInfo(viewer().zone))
    until = wall.replace(tzinfo=None, second=0, microsecond=0)
    return StatementForm(formdata=None, data={**given, "holds_until": until})


def _texts(data: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        language: {
            "text": (data[f"text_{language}"] or "").strip(),
            "questions": rules.pairs(data[f"questions_{language}"] or ""),
        }
        for language in LANGUAGES
    }


@bp.get("/<int:statement_id>")
@require(Permission.STATEMENTS_READ)
def show(statement_id: int) -> ResponseReturnValue:
    """Show a statement, and remember who read it."""
    line = queries.get(viewer(), statement_id, now=clock.now())
    note(lambda: actions.note_read(line.row, by=viewer(), now=clock.now()))
    return _show(line, WithdrawForm(formdata=None))


def _show(line: queries.Line, form: WithdrawForm) -> ResponseReturnValue:
    me, row = viewer(), line.row
    languages = sorted(row.texts, key=lambda one: (one != me.language, one))
    waits = row.state is StatementState.WRITTEN
    return page(
        "statements/show.html",
        form=form,
        line=line,
        row=row,
        languages=languages,
        holds=row.state is StatementState.APPROVED and row.holds_until > clock.now(),
        approves=waits and me.may(Permission.STATEMENTS_APPROVE) and me.id != row.written_by_id,
        ends=line.case_ref is not None and me.may(Permission.STATEMENTS_WRITE),
    )


@bp.post("/<int:statement_id>/approve")
@require(Permission.STATEMENTS_APPROVE)
def approve(statement_id: int) -> ResponseReturnValue:
    """Approve a statement."""
    line = queries.get(viewer(), statement_id, now=clock.now(), lock=True)
    actions.approve(line.row, by=viewer(), now=clock.now())
    return done(
        url_for("statements.show", statement_id=statement_id),
        _("From now on this is what is said."),
    )


@bp.post("/<int:statement_id>/withdraw")
@require(Permission.STATEMENTS_WRITE)
def withdraw(statement_id: int) -> ResponseReturnValue:
    """Take a statement back."""
    line = queries.get(viewer(), statement_id, now=clock.now(), lock=True)
    form = WithdrawForm()

    def act() -> bool:
        queries.may_end(line)
        actions.withdraw(line.row, reason=form.reason.data or "", by=viewer(), now=clock.now())
        return True

    if attempt(form, act):
        where = url_for("statements.show", statement_id=statement_id)
        return done(where, _("It is withdrawn everywhere; who read it is told."))
    return _show(line, form)
