"""Policies for programs: what they say, and drafts of them, never published by their author."""

from collections.abc import Callable

from apiflask import APIBlueprint
from flask import Response, request, url_for

from portal.blueprints.auth import queries as auth
from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, call, once, read_body, shapes
from portal.core.errors import NotFound, Refused, Stale
from portal.core.web import require, viewer

from . import actions, queries, rules
from .models import Policy, PolicyDraft, PolicyKind
from .schemas import (
    DraftBody,
    DraftLine,
    DraftList,
    DraftOut,
    NewDraft,
    PolicyOut,
    ProblemOut,
    Signed,
    Submitted,
    VersionList,
    VersionOut,
    Withdrawal,
)

bp = APIBlueprint("policies_api", __name__, url_prefix="/api/v1/policies")


@bp.get("/")
@require(Permission.POLICIES_READ)
@shapes(gives=VersionList)
def index() -> Response:
    """List the policies in force."""
    return call(lambda: _list(queries.all_published()))


@bp.get("/<kind>/versions")
@require(Permission.POLICIES_READ)
@shapes(gives=VersionList)
def versions(kind: str) -> Response:
    """List the versions of a policy that were published, newest first."""
    return call(lambda: _list([one for one in queries.versions(_kind(kind)) if one.published_at]))


def _list(rows: list[Policy]) -> Response:
    items = [
        VersionOut(
            kind=row.kind.value,
            number=row.number,
            state=row.state.value,
            title=rules.parse(row.kind, row.body).title,
            published_at=row.published_at,
        )
        for row in rows
    ]
    return answer(VersionList(items=items))


@bp.get("/<kind>")
@require(Permission.POLICIES_READ)
@shapes(gives=PolicyOut)
def show(kind: str) -> Response:
    """Give the version of a policy in force."""
    return call(lambda: _version(queries.published(_kind(kind))))


@bp.get("/<kind>/<int:number>")
@require(Permission.POLICIES_READ)
@shapes(gives=PolicyOut)
def version(kind: str, number: int) -> Response:
    """Give one version of a policy."""
    return call(lambda: _version(queries.get(_kind(kind), number)))


def _kind(word: str) -> PolicyKind:
    if word not in list(PolicyKind):
        raise NotFound
    return PolicyKind(word)


def _version(row: Policy) -> Response:
    if row.published_at is None:
        raise NotFound
    document = rules.parse(row.kind, row.body)
    names = auth.names((row.author_id, row.publisher_id, row.second_publisher_id))
    shown = PolicyOut(
        kind=row.kind.value,
        number=row.number,
        state=row.state.value,
        title=document.title,
        note=row.note,
        author=names.get(row.author_id or 0),
        publisher=names.get(row.publisher_id or 0),
        second_publisher=names.get(row.second_publisher_id or 0),
        published_at=row.published_at,
        withdrawn_at=row.withdrawn_at,
        body=rules.dump(document),
    )
    return answer(shown)


@bp.post("/<kind>/<int:number>/withdraw")
@require(Permission.POLICIES_PUBLISH)
@shapes(takes=Withdrawal, gives=PolicyOut)
def withdraw(kind: str, number: int) -> Response:
    """Take a version out of force; the severity policy's, with the cases under it, at
    /api/v1/escalations/policies/{number}/withdraw.
    """
    return once(lambda: _withdraw(_kind(kind), number))


def _withdraw(kind: PolicyKind, number: int) -> Response:
    given = read_body(Withdrawal)
    if kind is PolicyKind.SEVERITY:
        raise Refused(f"cases are under it: use /api/v1/escalations/policies/{number}/withdraw")
    row = actions.withdraw(kind, number, reason=given.reason, by=viewer(), now=clock.now())
    return _version(row)


# ---- drafts


@bp.get("/drafts")
@require(Permission.POLICIES_DRAFTS)
@shapes(gives=DraftList)
def drafts() -> Response:
    """List the drafts that are written or wait for a signature."""
    return call(_drafts)


def _drafts() -> Response:
    rows = queries.open_drafts()
    names = auth.names(row.author_id for row in rows)
    items = [
        DraftLine(
            id=row.id,
            kind=row.kind.value,
            state=row.state.value,
            base=row.base_number,
            author=names.get(row.author_id or 0),
            submitted_at=row.submitted_at,
            waits_for_you=queries.may_sign(row, viewer()),
        )
        for row in rows
    ]
    return answer(DraftList(items=items))


@bp.get("/drafts/<int:draft_id>")
@require(Permission.POLICIES_DRAFTS)
@shapes(gives=DraftOut)
def draft(draft_id: int) -> Response:
    """Give a draft; its ETag is its version."""
    return call(lambda: _draft(queries.get_draft(draft_id)))


def _draft(row: PolicyDraft, *, status: int = 200, location: str = "") -> Response:
    desk = queries.desk(row, viewer(), now=clock.now())
    _document, problems = rules.read_draft(rules.SHAPES[row.kind], row.body)
    shown = DraftOut(
        id=row.id,
        version=row.version,
        kind=row.kind.value,
        state=row.state.value,
        base=row.base_number,
        author=desk.names.get(row.author_id or 0),
        why=row.why,
        reason=row.reason,
        signer=desk.names.get(row.signer_id or 0),
        signatures_missing=[role.value for role in desk.still_to_sign],
        number=row.number,
        submitted_at=row.submitted_at,
        decided_at=row.decided_at,
        body=row.body,
        problems=[ProblemOut(path=one.path, text=str(one.text)) for one in problems],
        rehearsed=desk.rehearsed,
        load=_load(row, desk),
    )
    return answer(shown, status=status, etag=str(row.version), location=location)


def _load(row: PolicyDraft, desk: queries.Desk) -> dict[str, object] | None:
    """Give what a rehearsal found, with the cases that the caller may see alone."""
    if row.load is None:
        return None
    lanes = row.load.get("lanes", {})
    shown = {name: {k: v for k, v in lane.items() if k != "named"} for name, lane in lanes.items()}
    return {**row.load, "examples": list(desk.examples)} | ({"lanes": shown} if shown else {})


def _act(draft_id: int, act: Callable[[PolicyDraft], object]) -> Response:
    """Do one thing to a draft that nobody else changes meanwhile; with `If-Match` only where it is
    what the caller read.
    """

    def work() -> Response:
        row = queries.get_draft(draft_id, lock=True)
        if request.if_match and not request.if_match.contains(str(row.version)):
            raise Stale("the draft has changed since it was read")
        act(row)
        return _draft(row)

    return once(work)


@bp.post("/drafts")
@require(Permission.POLICIES_PROPOSE)
@shapes(takes=NewDraft, gives=DraftOut, status=201)
def start() -> Response:
    """Begin a draft with what is in force."""
    return once(_start)


def _start() -> Response:
    row = actions.start(read_body(NewDraft).kind, by=viewer(), now=clock.now())
    return _draft(row, status=201, location=url_for("policies_api.draft", draft_id=row.id))


@bp.put("/drafts/<int:draft_id>")
@require(Permission.POLICIES_PROPOSE)
@shapes(takes=DraftBody, gives=DraftOut)
def write(draft_id: int) -> Response:
    """Write what a draft of one's own says; what is wrong with it is kept too, and named."""
    return _act(
        draft_id,
        lambda row: actions.change(
            row, "", read_body(DraftBody).body, by=viewer(), now=clock.now()
        ),
    )


@bp.post("/drafts/<int:draft_id>/submit")
@require(Permission.POLICIES_PROPOSE)
@shapes(takes=Submitted, gives=DraftOut)
def submit(draft_id: int) -> Response:
    """Hand a draft to those who publish."""
    return _act(
        draft_id,
        lambda row: actions.submit(row, why=read_body(Submitted).why, by=viewer(), now=clock.now()),
    )


@bp.post("/drafts/<int:draft_id>/sign")
@require(Permission.POLICIES_PUBLISH)
@shapes(takes=Signed, gives=DraftOut)
def sign(draft_id: int) -> Response:
    """Sign a draft of somebody else; the last signature publishes it."""
    return _act(
        draft_id,
        lambda row: actions.sign(
            row, reason=read_body(Signed).reason, by=viewer(), now=clock.now()
        ),
    )


@bp.post("/drafts/<int:draft_id>/refuse")
@require(Permission.POLICIES_PUBLISH)
@shapes(takes=Signed, gives=DraftOut)
def refuse(draft_id: int) -> Response:
    """Say no to a draft, with the reason."""
    return _act(
        draft_id,
        lambda row: actions.refuse(
            row, reason=read_body(Signed).reason, by=viewer(), now=clock.now()
        ),
    )


@bp.post("/drafts/<int:draft_id>/carry-over")
@require(Permission.POLICIES_PROPOSE)
@shapes(gives=DraftOut)
def carry_over(draft_id: int) -> Response:
    """Put a draft on top of the version in force."""
    return _act(draft_id, lambda row: actions.carry_over(row, by=viewer(), now=clock.now()))


@bp.post("/drafts/<int:draft_id>/take-back")
@require(Permission.POLICIES_PROPOSE)
@shapes(gives=DraftOut)
def take_back(draft_id: int) -> Response:
    """Write on in what was submitted; signatures given so far are void."""
    return _act(draft_id, lambda row: actions.take_back(row, by=viewer(), now=clock.now()))


@bp.post("/drafts/<int:draft_id>/give-up")
@require(Permission.POLICIES_PROPOSE)
@shapes(gives=DraftOut)
def give_up(draft_id: int) -> Response:
    """Withdraw a draft."""
    return _act(draft_id, lambda row: actions.give_up(row, by=viewer(), now=clock.now()))
