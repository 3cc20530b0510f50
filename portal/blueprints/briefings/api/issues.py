"""Briefings for programs: list, make, fetch, verify."""

from flask import Response, current_app, url_for

from portal.blueprints.auth import queries as auth_queries
from portal.core import clock
from portal.core.access import Actor, Permission, Role
from portal.core.api import answer, call, once, read_body, read_query, shapes
from portal.core.errors import Refused
from portal.core.i18n import _
from portal.core.web import note, require, viewer

from .. import actions, queries, rules
from ..models import Briefing
from ..schemas import (
    BriefingIn,
    BriefingLine,
    BriefingOut,
    BriefingPage,
    BriefingRevokeIn,
    BriefingsAsked,
    BriefingShareIn,
    BriefingShareOut,
    VerifyIn,
    VerifyOut,
)
from .blueprint import bp

EDITIONS = frozenset({"", rules.CUSTOMER, *(role.value for role in Role)})


@bp.get("/")
@require(Permission.BRIEFINGS_READ)
@shapes(asks=BriefingsAsked, gives=BriefingPage)
def index() -> Response:
    """List issues made for the caller or by them, the newest first."""
    return call(_page)


def _page() -> Response:
    asked = read_query(BriefingsAsked)
    found = queries.page(
        viewer(), subject=asked.about, cursor=asked.after or None, limit=asked.limit
    )
    items = [
        BriefingLine(
            reference=line.reference,
            kind=line.kind.value,
            state=line.state.value,
            about=line.subject_ref,
            issue=line.issue,
            reader=line.reader,
            locale=line.locale,
            classification=line.classification,
            taken_at=line.taken_at,
            opens=bool(line.opens),
        )
        for line in found.rows
    ]
    return answer(BriefingPage(items=items, after=found.after))


@bp.post("/")
@require(Permission.BRIEFINGS_MAKE)
@shapes(takes=BriefingIn, gives=BriefingOut, status=201)
def make() -> Response:
    """Make the next issue about a record for a reader, by what the reader may see."""
    return once(_make)


def _make() -> Response:
    asked = read_body(BriefingIn)
    reader = _reader(asked.reader)
    if asked.audience not in EDITIONS:
        raise Refused(_("This person does not have the role of that edition."), field="audience")
    base: str = current_app.config["PORTAL"].base_url
    row = actions.make(
        viewer(),
        asked.about,
        reader=reader,
        edition=rules.Edition(
            locale=asked.locale or reader.language,
            paper=asked.paper,
            verify_at=base.partition("://")[2] + url_for("briefings.verify"),
            annex=asked.annex,
            audience=asked.audience,
            expires_at=rules.end_of(asked.expires_on, zone=viewer().zone),
            final=asked.final,
        ),
        by=viewer(),
        now=clock.now(),
    )
    where = url_for("briefings_api.show", reference=row.reference)
    return answer(_out(row), status=201, location=where)


def _reader(address: str) -> Actor:
    person = auth_queries.by_email(address)
    if person is None or not person.active:
        raise Refused(_("Nobody signs in with this address."), field="reader")
    return auth_queries.actor_of(person)


def _out(row: Briefing) -> BriefingOut:
    return BriefingOut(
        reference=row.reference,
        kind=row.kind.value,
        state=row.state.value,
        standing=queries.standing(row, now=clock.now()).value,
        about=row.subject_ref,
        issue=row.issue,
        audience=row.audience,
        locale=row.locale,
        paper=row.paper,
        classification=row.classification,
        taken_at=row.taken_at,
        expires_at=row.expires_at,
        pages=row.pages,
        missing=row.problems,
        snapshot_sha256=row.snapshot_digest,
        pdf_sha256=row.pdf_digest or None,
    )


@bp.get("/<reference>")
@require(Permission.BRIEFINGS_READ)
@shapes(gives=BriefingOut)
def show(reference: str) -> Response:
    """Give an issue that the caller may read; its content is in its PDF."""
    return call(lambda: answer(_out(queries.get(viewer(), reference))))


@bp.get("/<reference>/pdf")
@require(Permission.BRIEFINGS_READ)
@shapes(gives=bytes)
def pdf(reference: str) -> Response:
    """Give the stored PDF; fetching it is recorded."""
    return call(lambda: _pdf(reference))


def _pdf(reference: str) -> Response:
    row = queries.get(viewer(), reference)
    content = queries.open_pdf(row, now=clock.now())
    note(lambda: actions.mark_read(row, downloaded=True, by=viewer(), now=clock.now()))
    response = Response(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{row.reference}.pdf"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.set_etag(row.pdf_digest)
    return response


@bp.post("/<reference>/share")
@require(Permission.BRIEFINGS_OWN)
@shapes(takes=BriefingShareIn, gives=BriefingShareOut, status=201)
def share(reference: str) -> Response:
    """Make the same paper for a colleague: today's facts, by what they may see."""
    return once(lambda: _share(reference))


def _share(reference: str) -> Response:
    row, asked = queries.get(viewer(), reference), read_body(BriefingShareIn)
    base: str = current_app.config["PORTAL"].base_url
    made = actions.share(
        row,
        reader=_reader(asked.reader),
        verify_at=base.partition("://")[2] + url_for("briefings.verify"),
        most=current_app.config["PORTAL"].book_accounts,
        viewer=viewer(),
        now=clock.now(),
    )
    return answer(BriefingShareOut(reference=made), status=201)


@bp.post("/<reference>/revoke")
@require(Permission.BRIEFINGS_MAKE)
@shapes(takes=BriefingRevokeIn, gives=BriefingOut)
def revoke(reference: str) -> Response:
    """Take an issue back: it opens no more, and copies on devices end."""
    return once(lambda: _revoke(reference))


def _revoke(reference: str) -> Response:
    row, asked = queries.get(viewer(), reference), read_body(BriefingRevokeIn)
    actions.revoke(row, reason=asked.reason, by=viewer(), now=clock.now())
    return answer(_out(row))


@bp.post("/verify/digest")
@require(Permission.BRIEFINGS_READ)
@shapes(takes=VerifyIn, gives=VerifyOut)
def verify() -> Response:
    """Say what a PDF is by its full digest: genuine, superseded, revoked or unknown."""
    return call(_verify)


def _verify() -> Response:
    row = queries.by_digest(read_body(VerifyIn).sha256)
    state = queries.standing(row, now=clock.now()) if row else rules.Standing.UNKNOWN
    return answer(VerifyOut(state=state.value, reference=row.reference if row else None))
