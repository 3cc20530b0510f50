"""The actions of all post-mortems as a list; post-mortems, actions and loss notes as files."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask import Response, get_template_attribute, request
from flask.typing import ResponseReturnValue

from portal.core import clock, sheets
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import _
from portal.core.money import Money
from portal.core.web import note, page, require, viewer

from .. import actions, queries
from ..models import ActionState, LossState
from ..queries import Search, TodoSearch
from ..rules import words
from .blueprint import bp

KINDS = {"csv": "text/csv; charset=utf-8", "xlsx": sheets.XLSX}
Table = tuple[list[str], Iterator[tuple[Any, ...]]]


@bp.get("/actions")
@require(Permission.POSTMORTEMS_READ)
def todo() -> ResponseReturnValue:
    """List the actions of every post-mortem that the viewer sees, what falls due first."""
    now, search = clock.now(), _asked()
    today = queries.today_of(now)
    cursor = request.args.get("after")
    found = queries.todo_page(viewer(), search, today=today, now=now, cursor=cursor)
    return page("postmortems/todo.html", found=found, search=search)


def _asked() -> TodoSearch:
    given = request.args
    state = given.get("state", "")
    return TodoSearch(
        state=ActionState(state) if state in set(ActionState) else None,
        account=given.get("account", ""),
        postmortem=given.get("postmortem", ""),
        mine=given.get("mine") == "1",
        late=given.get("late") == "1",
    )


@bp.get("/export/<what>.<kind>")
@require(Permission.POSTMORTEMS_READ)
def export(what: str, kind: str) -> ResponseReturnValue:
    """Give post-mortems, actions or loss notes as a file: what their list shows, the whole of it;
    the export itself is an entry of the log.
    """
    tables = {"postmortems": _lessons, "actions": _todo, "losses": _losses}
    if what not in tables or kind not in KINDS:
        raise NotFound
    by, now = viewer(), clock.now()
    heads, found = tables[what](now)
    rows, is_cut = sheets.up_to(found, most=sheets.MOST)
    note(lambda: actions.note_export(what, len(rows), kind=kind, by=by, now=now))
    shown = [*rows, sheets.cut_line(most=len(rows))] if is_cut else rows
    text = sheets.csv_text(heads, shown).encode() if kind == "csv" else None
    response = Response(text if text is not None else sheets.xlsx_bytes(what, heads, shown))
    response.content_type = KINDS[kind]
    response.headers["Content-Disposition"] = f'attachment; filename="{what}.{kind}"'
    if is_cut:
        response.headers[sheets.CUT_AT] = str(len(rows))
    return response


def _lessons(now: datetime) -> Table:
    heads = [
        _("Post-mortem"),
        _("Account"),
        _("Customer"),
        _("Title"),
        _("State"),
        _("Due because"),
        _("Leads it"),
        _("Due since"),
        _("Draft by"),
        _("Meeting by"),
        _("Approval by"),
        _("Approved"),
        _("Published"),
        _("Open actions"),
    ]
    given, by = request.args, viewer()
    search = Search(
        group=given.get("group", "all"),
        account=given.get("account", ""),
        case=given.get("case", ""),
        mine=given.get("mine") == "1",
    )
    found = queries.table(by, search, today=queries.today_of(now), now=now)
    return heads, (
        (
            one.reference,
            one.account_ref,
            one.account_name,
            queries.title_read(one, viewer=by) or "",
            _stage(one.state),
            "; ".join(words.reason_words(reason) for reason in one.reasons),
            queries.leader_read(one, viewer=by) or "",
            one.became_due_at.isoformat(),
            one.draft_due_on.isoformat(),
            one.meeting_due_on.isoformat(),
            one.approval_due_on.isoformat(),
            _time(one.approved_at),
            _time(one.published_at),
            one.open_actions,
        )
        for one in found
    )


def _todo(now: datetime) -> Table:
    heads = [
        _("Post-mortem"),
        _("Account"),
        _("Customer"),
        _("What is done"),
        _("What comes of it"),
        _("How it is seen"),
        _("Owner"),
        _("What it changes"),
        _("Priority"),
        _("Due"),
        _("State"),
        _("Late"),
        _("Settled"),
        _("Why"),
        _("Ticket"),
        _("Address of the ticket"),
    ]
    found = queries.todo_table(viewer(), _asked(), today=queries.today_of(now), now=now)
    return heads, (
        (
            one.postmortem,
            one.account_ref,
            one.account_name,
            one.what,
            one.outcome,
            one.verification,
            one.owner,
            words.kind_words(one.kind),
            words.priority_words(one.priority),
            one.due_on.isoformat(),
            _stage(one.state),
            _("yes") if one.late else _("no"),
            _time(one.settled_at),
            one.reason,
            one.ticket,
            one.ticket_url,
        )
        for one in found
    )


def _losses(now: datetime) -> Table:
    heads = [
        _("Note"),
        _("Account"),
        _("Customer"),
        _("State"),
        _("Owner"),
        _("Lost on"),
        _("Due"),
        _("Cause"),
        _("What was lost"),
        _("Why, in one sentence"),
        _("A year"),
        _("Currency"),
    ]
    found = queries.loss_table(viewer(), now=now, account=request.args.get("account", ""))
    return heads, (
        (
            one.reference,
            one.account_ref,
            one.account_name,
            _("Written") if one.state is LossState.WRITTEN else _("Due"),
            one.owner or "",
            one.lost_on.isoformat(),
            one.due_on.isoformat(),
            words.factor_words(one.factor) if one.factor else "",
            one.what,
            one.sentence,
            *_cells(one.arr),
        )
        for one in found
    )


def _stage(state: str) -> str:
    word = get_template_attribute("macros/show.html", "stage_word")
    return str(word(state)).strip()


def _time(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def _cells(money: Money | None) -> tuple[Any, str]:
    return ("", "") if money is None else (money.amount, money.currency.code)
