"""The people of a case, for programs: who sees it, who must hear something, what each was told."""

from flask import Response

from portal.blueprints.auth import queries as auth_queries
from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, call, once, read_body, shapes
from portal.core.web import require, viewer

from .. import actions, queries
from ..models import Escalation
from ..schemas.people import (
    ContactList,
    ContactOut,
    Judged,
    NamedPerson,
    NewRestriction,
    NewStakeholder,
    RestrictionOut,
    StakeholderList,
    StakeholderOut,
    Told,
    ToldOut,
    Watching,
    WatchingOut,
)
from .blueprint import acting, bp, held, person, unchanged


@bp.get("/<reference>/restriction")
@require(Permission.ESCALATIONS_READ)
@shapes(gives=RestrictionOut)
def restriction(reference: str) -> Response:
    """Say whether only named people see a case, and who they are."""
    return call(lambda: _restriction(queries.get(viewer(), reference, now=clock.now())))


def _restriction(case: Escalation) -> Response:
    named, stays = queries.named_on(case, now=clock.now()), queries.staying(case)
    addresses = auth_queries.emails(named)
    people = [
        NamedPerson(id=one, name=name, email=addresses[one], stays=one in stays)
        for one, name in named.items()
    ]
    return answer(RestrictionOut(restricted=case.restricted, people=people))


@bp.put("/<reference>/restriction")
@require(Permission.ESCALATIONS_READ)
@shapes(takes=NewRestriction, gives=RestrictionOut)
def restrict(reference: str) -> Response:
    """Close a case to all but named people, change who they are, or open it to its team again."""
    return once(lambda: _restrict(reference))


def _restrict(reference: str) -> Response:
    given, case = read_body(NewRestriction), unchanged(reference)
    people = {person(address, field="people") for address in given.people}
    if not given.restricted:
        actions.lift(case, reason=given.reason, **acting())
    elif case.restricted:
        _name(case, people, reason=given.reason)
    else:
        actions.restrict(case, keep=people, reason=given.reason, **acting())
    return _restriction(case)


def _name(case: Escalation, people: set[int], *, reason: str) -> None:
    """Let in and take off whom it takes until just these people see a restricted case."""
    known = set(queries.named_on(case, now=clock.now()))
    for one in sorted(people - known):
        actions.let_in(case, one, reason=reason, **acting())
    for one in sorted(known - people - queries.staying(case) - {viewer().id or 0}):
        actions.shut_out(case, one, reason=reason, **acting())


@bp.get("/<reference>/contacts")
@require(Permission.ESCALATIONS_WORK)
@shapes(gives=ContactList)
def contacts(reference: str) -> Response:
    """List the customer's people: whom one can write to, and who can be a stakeholder."""
    return call(lambda: _contacts(reference))


def _contacts(reference: str) -> Response:
    case = queries.get(viewer(), reference, now=clock.now())
    items = [
        ContactOut(
            id=one.id,
            name=one.name,
            title=one.title,
            language=one.language,
            writable=bool(one.email),
        )
        for one in queries.contacts(case)
    ]
    return answer(ContactList(items=items))


@bp.get("/<reference>/stakeholders")
@require(Permission.ESCALATIONS_READ)
@shapes(gives=StakeholderList)
def stakeholders(reference: str) -> Response:
    """List who must hear something about a case, and what each was told."""
    return call(lambda: answer(StakeholderList(items=_stakeholders(reference))))


def _stakeholders(reference: str) -> list[StakeholderOut]:
    case = queries.case_page(viewer(), reference, now=clock.now())
    told: dict[str, list[ToldOut]] = {}
    for one in case.told:
        assert one.at is not None
        told.setdefault(one.b or "", []).append(ToldOut(text=one.a or "", at=one.at, by=one.who))
    return [
        StakeholderOut(
            id=one.id,
            name=one.a or "",
            part=one.b or "",
            stance=one.c or "",
            needs=one.d or "",
            side=one.e or "",
            heard_at=one.at,
            told=told.get(str(one.id), []),
        )
        for one in case.stakeholders
    ]


def _stakeholder(reference: str, number: int, *, status: int = 200) -> Response:
    found = next(one for one in _stakeholders(reference) if one.id == number)
    return answer(found, status=status)


@bp.post("/<reference>/stakeholders")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=NewStakeholder, gives=StakeholderOut, status=201)
def add_stakeholder(reference: str) -> Response:
    """Add one of the customer's people, or of ours; it lets nobody into the case."""
    return once(lambda: _add_stakeholder(reference))


def _add_stakeholder(reference: str) -> Response:
    given, case = read_body(NewStakeholder), held(reference)
    row = actions.add_stakeholder(
        case,
        contact_id=given.contact,
        person_id=person(given.person, field="person") if given.person else None,
        part=given.part,
        stance=given.stance,
        needs=given.needs,
        **acting(),
    )
    return _stakeholder(reference, row.id, status=201)


@bp.put("/<reference>/stakeholders/<int:stakeholder_id>")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=Judged, gives=StakeholderOut)
def judge_stakeholder(reference: str, stakeholder_id: int) -> Response:
    """Note that somebody's part, stance or need is another now."""
    return once(lambda: _judge(reference, stakeholder_id))


def _judge(reference: str, number: int) -> Response:
    given, case = read_body(Judged), held(reference)
    row = queries.stakeholder(case, number)
    actions.judge_stakeholder(
        case, row, part=given.part, stance=given.stance, needs=given.needs, **acting()
    )
    return _stakeholder(reference, number)


@bp.post("/<reference>/stakeholders/<int:stakeholder_id>/told")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=Told, gives=StakeholderOut, status=201)
def tell(reference: str, stakeholder_id: int) -> Response:
    """Write down what somebody was told; nothing is sent."""
    return once(lambda: _tell(reference, stakeholder_id))


def _tell(reference: str, number: int) -> Response:
    given, case = read_body(Told), held(reference)
    row = queries.stakeholder(case, number)
    actions.tell(case, row, given.text, at=given.at, **acting())
    return _stakeholder(reference, number, status=201)


@bp.delete("/<reference>/stakeholders/<int:stakeholder_id>")
@require(Permission.ESCALATIONS_WORK)
@shapes(gives=StakeholderList)
def remove_stakeholder(reference: str, stakeholder_id: int) -> Response:
    """Take somebody off the list; what they were told stays in the timeline."""
    return once(lambda: _remove(reference, stakeholder_id))


def _remove(reference: str, number: int) -> Response:
    case = held(reference)
    actions.remove_stakeholder(case, queries.stakeholder(case, number), **acting())
    return answer(StakeholderList(items=_stakeholders(reference)))


@bp.get("/<reference>/watching")
@require(Permission.ESCALATIONS_READ)
@shapes(gives=WatchingOut)
def watching(reference: str) -> Response:
    """Say who watches a case, and whether the asking person does."""
    return call(lambda: _watching(queries.get(viewer(), reference, now=clock.now())))


def _watching(case: Escalation) -> Response:
    names = auth_queries.names(queries.watchers(case))
    return answer(WatchingOut(watching=viewer().id in names, people=sorted(names.values())))


@bp.put("/<reference>/watching")
@require(Permission.ESCALATIONS_READ)
@shapes(takes=Watching, gives=WatchingOut)
def watch(reference: str) -> Response:
    """Hear of the turns of a case, or no more."""
    return once(lambda: _watch(reference))


def _watch(reference: str) -> Response:
    given = read_body(Watching)
    case = queries.get(viewer(), reference, now=clock.now(), lock=True)
    (actions.watch if given.watching else actions.unwatch)(case, **acting())
    return _watching(case)
