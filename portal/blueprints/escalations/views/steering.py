"""Where a case goes: severity, trend, waiting, clocks, the decision asked of leadership."""

from flask import request
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import _
from portal.core.money import Money
from portal.core.web import require, viewer

from .. import actions, queries
from ..forms import (
    AnswerForm,
    DateForm,
    ExecutiveForm,
    NoticeForm,
    PauseForm,
    SeverityForm,
    TrendForm,
    WaitForm,
)
from ..forms.asking import OPTIONS, AskForm
from ..models import (
    ClockKind,
    Escalation,
    NoticeChannel,
    NoticeKind,
    Option,
    Severity,
    Trend,
)
from .blueprint import ask_for, bp, case_of, do, instant


@bp.route("/<reference>/severity", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_DECLARE)
def severity(reference: str) -> ResponseReturnValue:
    """Raise a severity, or ask a second person to agree to a lower one."""
    case = case_of(reference)
    form = SeverityForm(severity=case.severity.value) if request.method == "GET" else SeverityForm()
    form.second.choices = [("", _("nobody")), *queries.doers(case, now=clock.now())]
    return ask_for(
        case,
        form,
        lambda: _grade(case, form),
        title=_("Change the severity"),
        lead=_(
            "Anybody who sees the case may raise it. Only its owner lowers it, and a second person"
            " has to agree."
        ),
        submit=_("Change the severity"),
        message=_("Noted."),
    )


def _grade(case: Escalation, form: SeverityForm) -> None:
    to, by, now = Severity(form.severity.data), viewer(), clock.now()
    reason = form.reason.data or ""
    if to > case.severity:
        actions.ask_lowering(case, to, second_id=form.second.data, reason=reason, by=by, now=now)
    else:
        actions.raise_severity(case, to, reason=reason, by=by, now=now)


@bp.post("/<reference>/severity/restore")
@require(Permission.ESCALATIONS_DECLARE)
def restore(reference: str) -> ResponseReturnValue:
    """Take a lowering back while it cools off."""
    return do(
        reference,
        lambda case: actions.restore(case, by=viewer(), now=clock.now()),
        _("The severity is restored."),
    )


@bp.post("/<reference>/severity/agree")
@require(Permission.ESCALATIONS_READ)
def agree(reference: str) -> ResponseReturnValue:
    """Answer as the second person to a lower severity."""
    agrees = request.form.get("agrees") == "1"
    return do(
        reference,
        lambda case: actions.agree_lowering(case, agrees=agrees, by=viewer(), now=clock.now()),
        _("The severity is lowered; it cools off for some days.")
        if agrees
        else _("The severity stays as it is."),
    )


@bp.route("/<reference>/trend", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_WORK)
def trend(reference: str) -> ResponseReturnValue:
    """Say which way a case goes."""
    case = case_of(reference)
    form = TrendForm(trend=case.trend.value) if request.method == "GET" else TrendForm()
    return ask_for(
        case,
        form,
        lambda: actions.set_trend(case, Trend(form.trend.data), by=viewer(), now=clock.now()),
        title=_("Which way does it go?"),
        submit=_("Set the trend"),
        message=_("The trend is set."),
    )


@bp.post("/<reference>/stabilise")
@require(Permission.ESCALATIONS_WORK)
def stabilise(reference: str) -> ResponseReturnValue:
    """Say that the customer was spoken to and knows the exit criteria."""
    return do(
        reference,
        lambda case: actions.stabilise(case, by=viewer(), now=clock.now()),
        _("The case is being stabilised."),
    )


@bp.route("/<reference>/wait", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_WORK)
def wait(reference: str) -> ResponseReturnValue:
    """Wait for the customer."""
    case, form = case_of(reference), WaitForm()
    return ask_for(
        case,
        form,
        lambda: actions.wait(case, for_what=form.words.data or "", by=viewer(), now=clock.now()),
        title=_("Wait for the customer"),
        lead=_("They still hear from us in time: the silence clock goes on."),
        submit=_("Wait for the customer"),
        message=_("We wait for the customer."),
    )


@bp.route("/<reference>/resume", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_WORK)
def resume(reference: str) -> ResponseReturnValue:
    """Go on: what we waited for came."""
    case, form = case_of(reference), WaitForm()
    form.words.label.text = _("What came?")
    return ask_for(
        case,
        form,
        lambda: actions.stabilise(
            case, what_came=form.words.data or "", by=viewer(), now=clock.now()
        ),
        title=_("Go on with the case"),
        lead=case.waiting_for,
        submit=_("Go on"),
        message=_("The case goes on."),
    )


@bp.route("/<reference>/clocks/pause", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_WORK)
def pause(reference: str) -> ResponseReturnValue:
    """Hold a clock, for a reason that everybody sees."""
    case, form = case_of(reference), PauseForm()
    return ask_for(
        case,
        form,
        lambda: actions.pause(
            case,
            clock=ClockKind(form.clock.data) if form.clock.data else None,
            reason=form.reason.data or "",
            by=viewer(),
            now=clock.now(),
        ),
        title=_("Hold a clock"),
        lead=_("The reason stands beside the clock."),
        submit=_("Hold it"),
        message=_("The clock stands still."),
    )


@bp.post("/<reference>/clocks/resume")
@require(Permission.ESCALATIONS_WORK)
def resume_clock(reference: str) -> ResponseReturnValue:
    """Let a clock run again."""
    word = request.form.get("clock", "")
    kind = ClockKind(word) if word in set(ClockKind) else None
    return do(
        reference,
        lambda case: actions.resume(case, clock=kind, by=viewer(), now=clock.now()),
        _("The clock runs again."),
    )


@bp.route("/<reference>/clocks/date", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_WORK)
def set_date(reference: str) -> ResponseReturnValue:
    """Set by hand when something is due."""
    case, form = case_of(reference), DateForm()
    return ask_for(
        case,
        form,
        lambda: actions.set_date(
            case,
            ClockKind(form.clock.data),
            due_at=instant(form.due.data) or clock.now(),
            reason=form.reason.data or "",
            by=viewer(),
            now=clock.now(),
        ),
        title=_("Set a date by hand"),
        lead=_("It never moves by itself, and is marked as set by hand."),
        submit=_("Set the date"),
        message=_("The date is set."),
    )


@bp.route("/<reference>/ask", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_WORK)
def ask(reference: str) -> ResponseReturnValue:
    """Ask leadership for a decision."""
    case, form = case_of(reference), AskForm()
    form.of.choices = _leaders(case, form)
    return ask_for(
        case,
        form,
        lambda: _ask(case, form),
        title=_("Ask leadership for a decision"),
        lead=_("This takes the place of what is asked already: %(question)s", question=case.ask)
        if case.ask
        else _("One question, its options, your recommendation: they can answer in one touch."),
        submit=_("Ask"),
        message=_("The question is asked."),
        template="escalations/ask.html",
        numbers=OPTIONS,
        money_in=case.currency,
    )


def _ask(case: Escalation, form: AskForm) -> None:
    given = {
        n: Option(text, None if cost is None else Money(cost, case.currency), follows)
        for n, text, cost, follows in form.given()
    }
    chosen = given.get(int(form.recommended.data or 0))
    actions.ask(
        case,
        form.question.data or "",
        of_id=form.of.data or 0,
        options=list(given.values()),
        recommended=chosen.text if chosen else "",
        answer_by=instant(form.answer_by.data) or clock.now(),
        if_nothing=form.if_nothing.data or "",
        naming="naming" in form and bool(form.naming.data),
        by=viewer(),
        now=clock.now(),
    )


@bp.route("/<reference>/answer", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_READ)
def answer(reference: str) -> ResponseReturnValue:
    """Decide what was asked."""
    case, form = case_of(reference), AnswerForm()
    if not case.ask:
        raise NotFound
    form.choice.choices = [(option.text, option.text) for option in case.options]
    return ask_for(
        case,
        form,
        lambda: actions.answer(
            case,
            form.choice.data or "",
            reason=form.reason.data or "",
            by=viewer(),
            now=clock.now(),
        ),
        title=case.ask,
        lead=_("If nobody decides: %(what)s", what=case.ask_if_nothing),
        submit=_("Decide"),
        message=_("Decided; the owner is told."),
    )


@bp.route("/<reference>/executive", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_WORK)
def executive(reference: str) -> ResponseReturnValue:
    """Name the executive owner."""
    case, form = case_of(reference), ExecutiveForm()
    form.person.choices = _leaders(case, form)
    return ask_for(
        case,
        form,
        lambda: actions.name_executive(
            case,
            form.person.data or 0,
            naming="naming" in form and bool(form.naming.data),
            by=viewer(),
            now=clock.now(),
        ),
        title=_("Name the executive owner"),
        submit=_("Name them"),
        message=_("The executive owner is named and told."),
    )


def _leaders(case: Escalation, form: AskForm | ExecutiveForm) -> list[tuple[int, str]]:
    """Give the leaders who can be chosen: of a restricted case those who are named on it, or all
    where the viewer may name them in the same step.
    """
    leaders = queries.leader_choices()
    may_name = case.restricted and queries.may_name(case, by=viewer(), now=clock.now())
    if not may_name:
        del form.naming
    if not case.restricted or may_name:
        return leaders
    named = queries.named_on(case, now=clock.now())
    return [(person_id, name) for person_id, name in leaders if person_id in named]


@bp.route("/<reference>/notice", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_DECLARE)
def notice(reference: str) -> ResponseReturnValue:
    """Record a formal notice."""
    case, form = case_of(reference), NoticeForm()
    return ask_for(
        case,
        form,
        lambda: actions.serve_notice(
            case,
            actions.NoticeGiven(
                kind=NoticeKind(form.kind.data),
                channel=NoticeChannel(form.channel.data),
                received_at=instant(form.received_at.data) or clock.now(),
                sender=form.sender.data or "",
            ),
            by=viewer(),
            now=clock.now(),
        ),
        title=_("Record a formal notice"),
        lead=_("It stands in the case's header. Only legal sets its legal deadline."),
        submit=_("Record the notice"),
        message=_("The notice is recorded."),
    )
