"""Mail that waits for somebody, for programs."""

from apiflask import APIBlueprint
from flask import Response

from portal.blueprints.escalations import queries as cases
from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, call, once, read_body, read_query, shapes
from portal.core.errors import NotFound, Refused
from portal.core.web import require, viewer

from . import actions, queries
from .models import IncomingMail, State
from .schemas import AsideIn, Assigned, AssignIn, MailList, MailOut, MailsAsked, MailText

bp = APIBlueprint("intake_api", __name__, url_prefix="/api/v1/intake")


@bp.get("/mails")
@require(Permission.INTAKE_READ)
@shapes(asks=MailsAsked, gives=MailList)
def mails() -> Response:
    """List the mail that waits for somebody, or was put aside."""
    return call(_mails)


def _mails() -> Response:
    asked = read_query(MailsAsked)
    found = queries.page(state=State(asked.state), cursor=asked.after or None, limit=asked.limit)
    items = [
        MailOut(
            id=row.id,
            sender=row.sender,
            subject=row.subject,
            state=row.state.value,
            why=row.why.value,
            files=row.files,
            arrived_at=row.arrived_at,
        )
        for row in found.rows
    ]
    return answer(MailList(items=items, after=found.after))


@bp.get("/mails/<int:mail_id>")
@require(Permission.INTAKE_READ)
@shapes(gives=MailText)
def mail(mail_id: int) -> Response:
    """Give a mail with what is new in it."""
    return call(lambda: answer(_shown(queries.get(mail_id))))


def _shown(row: IncomingMail) -> MailText:
    return MailText(
        id=row.id,
        sender=row.sender,
        subject=row.subject,
        state=row.state.value,
        why=row.why.value,
        files=row.files,
        arrived_at=row.arrived_at,
        text=row.text,
    )


@bp.post("/mails/<int:mail_id>/assign")
@require(Permission.INTAKE_ASSIGN)
@shapes(takes=AssignIn, gives=Assigned)
def assign(mail_id: int) -> Response:
    """File a mail with a case."""

    def work() -> Response:
        given, now = read_body(AssignIn), clock.now()
        row = queries.get(mail_id, lock=True)
        try:
            case = cases.get(viewer(), given.case.upper(), now=now, lock=True)
        except NotFound:
            raise Refused("there is no such case", field="case") from None
        actions.assign(row, case, by=viewer(), now=now)
        return answer(Assigned(id=row.id, state=row.state.value, case=row.record_ref))

    return once(work)


@bp.post("/mails/<int:mail_id>/aside")
@require(Permission.INTAKE_ASSIGN)
@shapes(takes=AsideIn, gives=Assigned)
def aside(mail_id: int) -> Response:
    """Say that a mail belongs to no case."""

    def work() -> Response:
        row = queries.get(mail_id, lock=True)
        reason = read_body(AsideIn).reason
        actions.put_aside(row, reason=reason, by=viewer(), now=clock.now())
        return answer(Assigned(id=row.id, state=row.state.value, case=None))

    return once(work)
