"""Lists, declaring, and the page of a case."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.accounts.models import Account
from portal.core import clock
from portal.core.access import Permission
from portal.core.errors import Refused
from portal.core.i18n import _, show_datetime, show_day, show_money
from portal.core.web import attempt, done, is_fragment, page, require, viewer

from .. import actions, queries
from ..forms import CriterionForm, DeclareForm, NoteForm, search_of
from ..models import (
    OPEN_STATES,
    Channel,
    Escalation,
    NoticeChannel,
    NoticeKind,
    Problem,
    Severity,
    Stance,
    State,
    Trigger,
)
from ..rules import share, words
from .blueprint import bp, end_of

RISKY = ("=", "+", "-", "@", "\t", "\r")


@bp.get("/")
@require(Permission.ESCALATIONS_READ)
def index() -> ResponseReturnValue:
    """List cases."""
    search, now = search_of(request.args), clock.now()
    found = queries.page(viewer(), search, now=now, cursor=request.args.get("after"))
    if request.args.get("part") == "1" or is_fragment():
        return page("escalations/_list.html", lines=found.rows, search=search)
    return page(
        "escalations/index.html",
        found=found,
        search=search,
        count=queries.count(viewer(), search, now=now),
        most=queries.COUNT_UP_TO,
        teams=queries.team_choices(),
    )


@bp.get("/export.csv")
@require(Permission.ESCALATIONS_READ)
def export() -> ResponseReturnValue:
    """Give the list as a file: what is filtered, in the same order."""
    lines = queries.export(viewer(), search_of(request.args), now=clock.now())
    # Not streamed: words and rights belong to this request.
    response = Response("".join(_csv(lines)), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="escalations.csv"'
    return response


def _csv(lines: Iterable[queries.Line]) -> Iterator[str]:
    """Write lines as CSV with a byte order mark; no cell begins a formula."""
    heads = [
        _("Reference"),
        _("Title"),
        _("Account"),
        _("State"),
        _("Severity"),
        _("Trigger"),
        _("Owner"),
        _("Team"),
        _("Opened"),
        _("Closed"),
        _("Next due"),
        _("At stake"),
        _("Currency"),
    ]
    yield "\ufeff" + _row(heads)
    for line in lines:
        yield _row(
            [
                line.reference,
                line.title,
                line.account,
                words.state_name(line.state),
                line.severity.value,
                words.trigger_words(line.trigger),
                line.owner or "",
                line.team or "",
                line.opened_at.isoformat(),
                line.closed_at.isoformat() if line.closed_at else "",
                line.next_due_at.isoformat() if line.next_due_at else "",
                format(line.stake.amount, "f") if line.stake else "",
                line.stake.currency.code if line.stake else "",
            ]
        )


def _row(cells: Iterable[str]) -> str:
    safe = ["'" + cell if cell.startswith(RISKY) else cell for cell in cells]
    text = io.StringIO()
    csv.writer(text).writerow(safe)
    return text.getvalue()


@bp.route("/new", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_DECLARE)
def new() -> ResponseReturnValue:
    """Declare a case: three fields, and what the policies make of them."""
    form = DeclareForm(data=_prefilled() if request.method == "GET" else None)
    form.owner.choices = [("", _("As proposed")), *queries.owner_choices()]
    word = request.form.get("do", "")
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
    found = queries.find_accounts(viewer(), text, now=now)
    picked = [one for one in found if one.reference == request.form.get("pick")]
    chosen = picked or (found if len(found) == 1 else [])
    return queries.visible_account(viewer(), chosen[0].reference, now=now) if chosen else None


def _wish(form: DeclareForm, account: Account) -> queries.Wish:
    return queries.Wish(
        words=form.words.data or "",
        demand=form.demand.data or "",
        deadline_at=end_of(form.deadline.data, account.zone),
        trigger=Trigger(form.trigger.data) if form.trigger.data else None,
        severity=Severity(form.severity.data) if form.severity.data else None,
        owner_id=form.owner.data,
        problem=Problem(form.problem.data or Problem.OTHER),
        channel=Channel(form.channel.data or Channel.PHONE),
        language=form.language.data or None,
        notice=NoticeKind(form.notice.data) if form.notice.data else None,
    )


def _declare(form: DeclareForm, *, draft: bool) -> Escalation:
    by, now = viewer(), clock.now()
    account = _account(form)
    if account is None:
        raise Refused(
            _("Which one? Choose below.")
            if queries.find_accounts(by, form.account.data or "", now=now)
            else _("We find no such customer among yours. Check the name, or use its number."),
            field="account",
        )
    if not draft and not form.another.data and queries.open_of_account(by, account.id, now=now):
        raise Refused(
            _("This customer has an open case already. Is this another matter?"), field="another"
        )
    wish = _wish(form, account)
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
    )


def _beside(form: DeclareForm) -> dict[str, Any]:
    """Give what stands beside the three fields: what a name may mean, open cases, the proposal."""
    text, now = form.account.data or "", clock.now()
    account = _account(form) if text else None
    found = [] if account or not text else queries.find_accounts(viewer(), text, now=now)
    looked = account is not None and bool((form.words.data or "").strip())
    return {
        "account": account,
        "candidates": found,
        "open_cases": queries.open_of_account(viewer(), account.id, now=now) if account else [],
        "proposed": queries.proposal(account, _wish(form, account), by=viewer(), now=now)
        if looked and account
        else None,
        "sees_value": queries.sees_value(viewer()),
    }


@bp.get("/<reference>")
@require(Permission.ESCALATIONS_READ)
def show(reference: str) -> ResponseReturnValue:
    """Show a case: who owns it, what is due, what was promised, what is at stake, what happened."""
    now = clock.now()
    case = queries.case_page(viewer(), reference, now=now, cursor=request.args.get("after"))
    return page(
        "escalations/show.html",
        case=case,
        row=case.row,
        note=NoteForm(),
        criterion=CriterionForm(),
        at=now,
        is_open=case.row.state in OPEN_STATES,
        may=queries.rights(case, viewer(), now=now),
        situation=queries.situation(case, show_day, show_datetime, show_money, now=now),
        notice_words=queries.notice_words,
        decision_words=queries.decision_words,
        fact_rows=queries.fact_rows,
        clock_share=share,
        stance=Stance,
        legal_day=queries.legal_day,
    )
