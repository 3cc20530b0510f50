"""Doors to the sponsorship programme for people."""

from collections.abc import Callable, Sequence

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.auth import queries as auth_queries
from portal.core import clock
from portal.core.access import Permission
from portal.core.errors import NotFound, Refused
from portal.core.i18n import _
from portal.core.web import attempt, choices, done, page, require, viewer

from .. import actions, forms, queries
from ..models import (
    LaneKind,
    Nomination,
    NominationState,
    PanelVerdict,
)
from .blueprint import bp
from .panels import panel_sheet
from .sponsors import sponsor_sheet, sponsorship_sheet


@bp.get("/")
@require(Permission.SPONSORSHIP_READ)
def index() -> ResponseReturnValue:
    """Show the programme; as a part of another page, what concerns one account or case."""
    given, now = request.args, clock.now()
    if given.get("part"):
        account, case = given.get("account", ""), given.get("case", "")
        lines = queries.nominations_of(viewer(), now=now, account=account, case=case)
        running = queries.sponsorships(viewer(), now=now, account=account) if account else []
        return page(
            "sponsorship/_list.html", lines=lines, running=running, account=account, case=case
        )
    states = {state.value: state for state in NominationState}
    state = states.get(given.get("state", ""))
    runs = viewer().may(Permission.SPONSORSHIP_DECIDE)
    policy = queries.policy_in_force()[0]
    return page(
        "sponsorship/index.html",
        found=queries.nominations(viewer(), now=now, state=state, cursor=given.get("after")),
        running=queries.sponsorships(viewer(), now=now),
        carried=queries.sponsors(on=queries.today(now)) if runs else [],
        places={lane: queries.places(lane, policy) for lane in LaneKind} if runs else {},
        panels=queries.panels(viewer(), now=now),
        due=queries.to_review(viewer(), now=now) if runs else [],
        alone=queries.without_sponsor(viewer(), now=now) if runs else [],
        reasons=forms.EXITS,
        policy=policy,
        state=state,
        states=list(NominationState),
        today=queries.today(now),
    )


@bp.route("/new", methods=["GET", "POST"])
@require(Permission.SPONSORSHIP_NOMINATE)
def new() -> ResponseReturnValue:
    """Begin a nomination."""
    form = forms.DraftForm(data={"account": request.args.get("account", "")})
    made = attempt(form, lambda: _draft(form))
    if made:
        return done(url_for("sponsorship.show", reference=made))
    return page("sponsorship/new.html", form=form)


def _draft(form: forms.DraftForm) -> str:
    reference, now = (form.account.data or "").strip().upper(), clock.now()
    klass = account_queries.own_class(viewer())
    try:
        account = account_queries.get(viewer(), reference, now=now, klass=klass)
    except NotFound:
        there = account_queries.gone_to(viewer(), reference, now=now)
        message = _("There is none of this number, or not for you.")
        if there is not None:
            message = _("This account went into %(account)s: nominate that.", account=there)
        raise Refused(message, field="account") from None
    lane = LaneKind(form.lane.data)
    return actions.draft(account, lane, by=viewer(), now=now).reference


@bp.get("/<reference>")
@require(Permission.SPONSORSHIP_READ)
def show(reference: str) -> ResponseReturnValue:
    """Show a nomination, panel, sponsorship or sponsor, by the kind of the reference."""
    kinds = {
        "NOM": _nomination_sheet,
        "PNL": panel_sheet,
        "SPO": sponsorship_sheet,
        "SPR": sponsor_sheet,
    }
    sheet = kinds.get(reference.partition("-")[0])
    if sheet is None:
        raise NotFound
    return sheet(reference)


# ---- nominations


def _nomination_sheet(reference: str, **refused: FlaskForm) -> ResponseReturnValue:
    """Show a nomination with its criteria, its possible sponsors and its forms."""
    now = clock.now()
    row = queries.get_nomination(viewer(), reference, now=now)
    account = account_queries.by_id(row.account_id)
    matches = queries.matches(account, row.lane, now=now, nomination=row)
    checks = {
        lane: queries.checked(account, lane, now=now, nomination=row)
        for lane in (row.lane, *(one for one in LaneKind if one is not row.lane))
    }
    undecided = row.state in queries.UNDECIDED
    shown: dict[str, FlaskForm] = {
        "edit": refused.get("edit") or _edit_form(row),
        "decide": refused.get("decide") or forms.DecideForm(),
        "withdraw": refused.get("withdraw") or forms.WithdrawForm(),
    }
    _choices(shown, row, matches)
    return page(
        "sponsorship/nomination.html",
        form=next(iter(refused.values()), None),
        forms=shown,
        refused=next(iter(refused), ""),
        row=row,
        account=account,
        checks=checks,
        matches=matches,
        known=queries.known_kinds()[0],
        answer=actions.answer(row, account, checks[row.lane], now=now) if undecided else None,
        begun=queries.sponsorship_of(row),
        stored=queries.stored(row),
        lanes=forms.LANES,
        verdicts=forms.VERDICTS,
        names=auth_queries.names([row.author_id, row.decided_by_id]),
        places=queries.places(row.lane),
        contacts={one.id: one for one in account_queries.contacts(account)},
        policy=queries.policy_in_force()[0],
        policy_number=queries.policy_in_force()[1],
        earlier=queries.line_of(viewer(), row.earlier_id, now=now) if row.earlier_id else None,
        panel=_panel_of(row),
        kept=queries.attachments(row),
        may_record=viewer().may(Permission.ACCOUNTS_EDIT)
        and account_queries.may_edit(viewer(), account),
    )


def _panel_of(row: Nomination) -> str | None:
    """Give the reference of the panel it stands before, to whom may open that."""
    panel = queries.panel_of(row)
    if panel is None or not queries.may_see_votes(viewer(), panel):
        return None
    return panel.reference


def _edit_form(row: Nomination) -> forms.NominationForm:
    form = forms.NominationForm(obj=row)
    if not form.is_submitted():
        form.version.data = str(row.version)
        form.expertise.data = ", ".join(row.expertise)
    return form


def _choices(
    shown: dict[str, FlaskForm],
    row: Nomination,
    matches: Sequence[tuple[queries.Carried, object]],
) -> None:
    """Fill in whom the forms let choose."""
    account = account_queries.by_id(row.account_id)
    people = [one for one in account_queries.contacts(account) if one.left_at is None]
    executives = [(one.id, f"{one.name}, {one.title}".strip(", ")) for one in people]
    sponsors = [(one.row.id, one.name) for one, _match in matches]
    nobody = [("", _("nobody yet"))]
    edit, decide = shown["edit"], shown["decide"]
    edit.customer_executive_id.choices = choices([*nobody, *executives])
    edit.proposed_sponsor_id.choices = choices([*nobody, *sponsors])
    decide.sponsor_id.choices = choices([*nobody, *sponsors])
    if decide.sponsor_id.data is None and not decide.is_submitted():
        decide.sponsor_id.data = row.proposed_sponsor_id


def _nomination_form(reference: str, form: FlaskForm) -> None:
    """Let a posted form know what could be chosen."""
    row = queries.get_nomination(viewer(), reference, now=clock.now())
    account = account_queries.by_id(row.account_id)
    matches = queries.matches(account, row.lane, now=clock.now(), nomination=row)
    blank: dict[str, FlaskForm] = {"edit": forms.NominationForm(), "decide": forms.DecideForm()}
    for name, kind in (("edit", forms.NominationForm), ("decide", forms.DecideForm)):
        if isinstance(form, kind):
            blank[name] = form
    _choices(blank, row, matches)


def _act(
    reference: str, name: str, form: FlaskForm, work: Callable[[Nomination], object], told: str
) -> ResponseReturnValue:
    """Do one thing to a nomination that nobody else changes meanwhile, or show why not."""

    def do() -> bool:
        work(queries.get_nomination(viewer(), reference, now=clock.now(), lock=True))
        return True

    if attempt(form, do):
        return done(url_for("sponsorship.show", reference=reference), told)
    return _nomination_sheet(reference, **{name: form})


@bp.post("/<reference>/edit")
@require(Permission.SPONSORSHIP_NOMINATE)
def edit(reference: str) -> ResponseReturnValue:
    """Keep what a draft says, or keep it and hand it in."""
    form, by, now = forms.NominationForm(), viewer(), clock.now()
    _nomination_form(reference, form)
    sends = request.form.getlist("send")[-1:] == ["1"]  # the button's own value comes last
    told = _("The nomination is handed in.") if sends else _("The draft is kept.")

    def work(row: Nomination) -> None:
        seen = form.version.data or ""
        actions.edit(
            row,
            outcome=form.outcome.data or "",
            why=form.why.data or "",
            customer_executive_id=form.customer_executive_id.data,
            proposed_sponsor_id=form.proposed_sponsor_id.data,
            expertise=(form.expertise.data or "").split(","),
            version=int(seen) if seen.isdecimal() else -1,
            by=by,
            now=now,
        )
        if sends:
            actions.send(row, by=by, now=now)

    return _act(reference, "edit", form, work, told)


@bp.post("/<reference>/withdraw")
@require(Permission.SPONSORSHIP_NOMINATE)
def withdraw(reference: str) -> ResponseReturnValue:
    """Take a nomination back."""
    form, by, now = forms.WithdrawForm(), viewer(), clock.now()
    return _act(
        reference,
        "withdraw",
        form,
        lambda row: actions.withdraw(row, reason=form.because.data or "", by=by, now=now),
        _("The nomination is taken back."),
    )


@bp.post("/<reference>/decide")
@require(Permission.SPONSORSHIP_DECIDE)
def decide(reference: str) -> ResponseReturnValue:
    """Answer a nomination."""
    form, by, now = forms.DecideForm(), viewer(), clock.now()
    _nomination_form(reference, form)
    return _act(
        reference,
        "decide",
        form,
        lambda row: actions.decide(
            row,
            PanelVerdict(form.verdict.data),
            sponsor_id=form.sponsor_id.data,
            reason=form.reason.data or "",
            come_back_on=form.come_back_on.data,
            by=by,
            now=now,
        ),
        _("The decision is on file, and the people concerned are told."),
    )
