"""What is written into a post-mortem; who writes second loses no word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.blueprints.auth import queries as auth_queries
from portal.core import access
from portal.core.access import Actor, Permission, RelationKind
from portal.core.db import db, hold, money_of
from portal.core.errors import Refused, Stale
from portal.core.i18n import _
from portal.core.money import Money, minor

from .. import queries, rules
from ..models import (
    Action,
    Cause,
    Factor,
    Finding,
    FindingKind,
    Participant,
    Postmortem,
    Recurrence,
    Remark,
    State,
    TextVersion,
)
from .recording import expect, inform, insist, log, refuse, tell_story, tidy
from .saving import forget_unsaved

LONGEST = 20_000


@dataclass(frozen=True)
class Proof:
    """How much a cause weighed (3 decisive, 2 contributing, 1 minor, None not weighed), and what
    shows it: words, the address of a page, or both.
    """

    weight: int | None = None
    evidence: str = ""
    url: str = ""


UNPROVEN = Proof()


def begin(row: Postmortem, *, by: Actor, now: datetime) -> None:
    """Begin to write: the four timelines start from what the cases know, with roles for names."""
    insist(row, rules.Right.BEGIN, by=by)
    roles = queries.roles_of_people(row)
    found = rules.story_lines(queries.story_of(row), zone=queries.house().zone)
    for lane, text in found.items():
        if not getattr(row, lane):
            setattr(row, lane, _cut(rules.without_names(text, roles)))
    row.title = rules.without_names(row.title, roles)[:200]
    row.state = State.DRAFT
    lines = {lane: len(text.splitlines()) for lane, text in found.items()}
    uid = log(row, "begun", by=by, now=now, data={"lines": lines})
    tell_story(row, _("The post-mortem is being written."), uid=uid, by=by, now=now)


def _cut(text: str) -> str:
    """Keep a long story within the field, cut at the end of a line."""
    return text if len(text) <= LONGEST else text[:LONGEST].rpartition("\n")[0]


def write(row: Postmortem, field: str, text: str, *, was: str, by: Actor, now: datetime) -> None:
    """Write one of the texts; `was` is the digest of what stood there when its form was opened.

    Where somebody else changed other lines of it meanwhile, what both wrote stands; where they
    changed the same ones it is `Stale`, with what stands there now.
    """
    hold(row)
    insist(row, rules.Right.WRITE, by=by)
    if field not in rules.TEXTS:
        raise ValueError(field)
    if field == "surprise":
        refuse_without_causes(row)
    new, before = tidy(text), getattr(row, field)
    if rules.digest(before) != was and before != new:
        new = _together(row, field, new, before, was=was)
    if field == "title" and not new:
        raise Refused(_("This cannot be empty."), field="text")
    _refuse_long(new, 200 if field == "title" else LONGEST)
    forget_unsaved(row, field, by=by)
    if new != before:
        setattr(row, field, new)
        _keep_version(row, field, before, new, by=by, now=now)
        log(row, "written", by=by, now=now, data={"field": field}, changes={field: (before, new)})


def _together(row: Postmortem, field: str, mine: str, theirs: str, *, was: str) -> str:
    """Give what two people wrote into one text; `Stale` where only a person can."""
    base = queries.text_was(row, field, was)
    both = None if base is None else rules.merged(base, mine, theirs)
    if both is None:
        message = _("Somebody else changed the same words a moment ago.")
        raise Stale(message, current={"text": theirs})
    return both


def _keep_version(
    row: Postmortem, field: str, before: str, new: str, *, by: Actor, now: datetime
) -> None:
    """Keep a text as it is now, and as it was where nobody kept that."""
    known = queries.text_was(row, field, rules.digest(before)) is not None
    for text, who, at in ((before, None, row.created_at), (new, by.id, now))[known:]:
        db.session.add(
            TextVersion(
                postmortem_id=row.id,
                field=field,
                digest=rules.digest(text),
                text=text,
                by_id=who,
                written_at=at,
            )
        )


def forget_versions(row: Postmortem, *, by: Actor, now: datetime) -> int:
    """Forget the drafts of a post-mortem that was published a month ago, and what was remarked on
    them; gives how many drafts.
    """
    gone = db.session.execute(sa.delete(TextVersion).where(TextVersion.postmortem_id == row.id))
    count = int(getattr(gone, "rowcount", 0))
    said = db.session.execute(sa.delete(Remark).where(Remark.postmortem_id == row.id))
    remarks = int(getattr(said, "rowcount", 0))
    log(row, "drafts_forgotten", by=by, now=now, data={"count": count, "remarks": remarks})
    return count


def _refuse_long(text: str, most: int) -> None:
    if len(text) > most:
        raise Refused(_("At most %(count)s characters.", count=most), field="text")


def add_line(row: Postmortem, lane: str, text: str, *, by: Actor, now: datetime) -> None:
    """Add a line to one of the four timelines, as whoever contributes may."""
    insist(row, rules.Right.CONTRIBUTE, by=by)
    if lane not in rules.LANES:
        raise ValueError(lane)
    line = " ".join(text.split())
    if not line:
        raise Refused(_("Write what happened."), field="text")
    before = getattr(row, lane)
    new = f"{before}\n{line}" if before else line
    _refuse_long(new, LONGEST)
    setattr(row, lane, new)
    _keep_version(row, lane, before, new, by=by, now=now)
    log(row, "line_added", by=by, now=now, data={"field": lane}, changes={lane: (None, line)})


def add_cause(
    row: Postmortem,
    *,
    factor: Factor,
    text: str,
    whys: Sequence[str],
    proof: Proof = UNPROVEN,
    by: Actor,
    now: datetime,
) -> Cause:
    """Name a contributing factor, in words, with up to five answers to “why?”, how much it weighed
    and what shows it.
    """
    insist(row, rules.Right.CONTRIBUTE, by=by)
    refuse_without_causes(row)
    found = Cause(
        postmortem_id=row.id,
        factor=factor,
        text=_said(text),
        whys=_whys(whys),
        **_proven(proof),
    )
    db.session.add(found)
    db.session.flush()
    _note_cause(row, found, "cause_added", before=None, by=by, now=now)
    return found


def change_cause(
    row: Postmortem,
    cause: Cause,
    *,
    factor: Factor,
    text: str,
    whys: Sequence[str] | None = None,
    proof: Proof | None = None,
    version: int | None,
    by: Actor,
    now: datetime,
) -> None:
    """Change a cause, its answers to “why?”, its weight and evidence where some are given; refused
    as `Stale` where somebody else changed it since `version`.
    """
    insist(row, rules.Right.WRITE, by=by)
    expect(cause, version)
    before = cause.text
    cause.factor, cause.text = factor, _said(text)
    cause.whys = cause.whys if whys is None else _whys(whys)
    for name, value in ({} if proof is None else _proven(proof)).items():
        setattr(cause, name, value)
    _note_cause(row, cause, "cause_changed", before=before, by=by, now=now)


def remove_cause(row: Postmortem, cause: Cause, *, by: Actor, now: datetime) -> None:
    """Take a cause out again, with the cases linked to it; actions that named it stay."""
    insist(row, rules.Right.WRITE, by=by)
    db.session.execute(sa.delete(Recurrence).where(Recurrence.cause_id == cause.id))
    db.session.execute(
        sa.update(Action)
        .where(Action.cause_id == cause.id)
        .values(cause_id=None, version=Action.version + 1)
    )
    log(
        row,
        "cause_removed",
        by=by,
        now=now,
        data={"factor": cause.factor.value},
        changes={"cause": (cause.text, None)},
    )
    db.session.delete(cause)


def _note_cause(
    row: Postmortem, cause: Cause, verb: str, *, before: str | None, by: Actor, now: datetime
) -> None:
    data = {"factor": cause.factor.value, "whys": len(cause.whys), "weight": cause.weight}
    changes: dict[str, tuple[str | None, str]] = {"cause": (before, cause.text)}
    shown = " ".join(filter(None, (cause.evidence, cause.evidence_url)))
    if shown:
        changes["evidence"] = (None, shown)
    log(row, verb, by=by, now=now, data=data, changes=changes)


def _proven(proof: Proof) -> dict[str, Any]:
    """Give a cause's weight and evidence as they are kept; refused where they are none."""
    told, url = " ".join(proof.evidence.split()), proof.url.strip()
    refuse(rules.objections_to_evidence(proof.weight, url))
    return {"weight": proof.weight, "evidence": told, "evidence_url": url}


def refuse_without_causes(row: Postmortem) -> None:
    """Refuse causes where counsel asked for facts alone."""
    if row.counsel_choice == rules.CounselChoice.FACTS_ONLY.value:
        raise Refused(_("Counsel asked for facts only: no causes are written down."))


def _said(text: str) -> str:
    words = tidy(text)
    if not words:
        raise Refused(_("Say it in words."), field="text")
    _refuse_long(words, LONGEST)
    return words


def _whys(given: Sequence[str]) -> list[dict[str, Any]]:
    return tree(rules.chain(given))


def tree(whys: Sequence[rules.Why]) -> list[dict[str, Any]]:
    """Give answers as they are kept; refused where they are no tree."""
    refuse(rules.objections_to_whys(whys))
    return rules.whys_kept(whys)


def add_finding(
    row: Postmortem, *, kind: FindingKind, text: str, by: Actor, now: datetime
) -> Finding:
    """Say what went well, badly, or by luck."""
    insist(row, rules.Right.CONTRIBUTE, by=by)
    found = Finding(postmortem_id=row.id, kind=kind, text=_said(text))
    db.session.add(found)
    db.session.flush()
    changes = {"finding": (None, found.text)}
    log(row, "finding_added", by=by, now=now, data={"kind": kind.value}, changes=changes)
    return found


def remove_finding(row: Postmortem, finding: Finding, *, by: Actor, now: datetime) -> None:
    """Take a finding out again."""
    insist(row, rules.Right.WRITE, by=by)
    changes = {"finding": (finding.text, None)}
    data = {"kind": finding.kind.value}
    log(row, "finding_removed", by=by, now=now, data=data, changes=changes)
    db.session.delete(finding)


def set_cost(
    row: Postmortem, amount: Money | None, *, version: int | None, by: Actor, now: datetime
) -> None:
    """Say what it cost us; None where it is not known. Refused for less than nothing."""
    insist(row, rules.Right.COST, by=by)
    expect(row, version)
    if amount is not None and amount.amount < 0:
        raise Refused(_("A cost is not less than nothing."), field="amount")
    try:
        count = None if amount is None else minor(amount)
    except ValueError:
        raise Refused(_("This currency has no such small parts."), field="amount") from None
    before = money_of(row, "cost")
    row.cost_minor = count
    if amount is not None:
        row.currency = amount.currency.code
    changes = {"cost": tuple(None if m is None else str(m) for m in (before, amount))}
    log(row, "cost_set", by=by, now=now, changes={"cost": (changes["cost"][0], changes["cost"][1])})


def set_people(
    row: Postmortem,
    *,
    facilitator_id: int | None,
    people: Sequence[int],
    version: int | None,
    by: Actor,
    now: datetime,
) -> None:
    """Say who leads it and who takes part: they see it from now on, and are told.

    Who leads it is never an owner of the cases, and never whoever approves it.
    """
    insist(row, rules.Right.PEOPLE, by=by)
    expect(row, version)
    _refuse_leader(row, facilitator_id)
    before, wanted = set(queries.participants(row)), set(people)
    new_leader = facilitator_id if facilitator_id != row.facilitator_id else None
    row.facilitator_id = facilitator_id
    db.session.execute(
        sa.delete(Participant).where(
            Participant.postmortem_id == row.id, Participant.person_id.in_(before - wanted)
        )
    )
    db.session.add_all(
        Participant(postmortem_id=row.id, person_id=person) for person in wanted - before
    )
    db.session.flush()
    _relate_people(row, new=wanted - before, gone=before - wanted)
    data = {"facilitator": facilitator_id, "people": sorted(wanted)}
    log(row, "people_set", by=by, now=now, data=data)
    told = dict.fromkeys(wanted - before, "contributor")
    if new_leader is not None:
        told[new_leader] = "facilitator"
    inform(row, told, "invited", key=f"people:{row.version}", by=by, now=now)


def lead_instead(row: Postmortem, *, person_id: int, by: Actor, now: datetime) -> None:
    """Let a successor lead a post-mortem of somebody who leaves; never an owner of its cases."""
    _refuse_leader(row, person_id)
    before, row.facilitator_id = row.facilitator_id, person_id
    db.session.flush()
    _relate_people(row, new={person_id}, gone=set() if before is None else {before})
    log(row, "leader_changed", by=by, now=now, data={"from": before, "to": person_id})
    inform(row, {person_id: "facilitator"}, "invited", key=f"lead:{row.version}", by=by, now=now)


def _refuse_leader(row: Postmortem, person_id: int | None) -> None:
    if person_id is None:
        return
    if any(case.owner_id == person_id for case in queries.cases_of(row)):
        message = _("The owner of the case does not lead its post-mortem.")
        raise Refused(message, field="facilitator_id")
    leader = auth_queries.actor(person_id)
    if not leader.may(Permission.POSTMORTEMS_CONTRIBUTE):
        message = _("This person’s role does not write post-mortems.")
        raise Refused(message, field="facilitator_id")


def _relate_people(row: Postmortem, *, new: set[int], gone: set[int]) -> None:
    """Let new people see it; whose part ends sees it by role or not at all, unless they own an
    action or stand to its case.
    """
    here: dict[str, Any] = {"account_id": row.account_id, "record_ref": row.reference}
    access.unrelate(db.session, kind=RelationKind.OWNER, **here)
    if row.facilitator_id is not None:
        access.relate(db.session, kind=RelationKind.OWNER, person_id=row.facilitator_id, **here)
    owners = {action.owner_id for action in queries.actions_of(row)}
    owners |= {case.owner_id for case in queries.cases_of(row) if case.owner_id is not None}
    db.session.execute(
        sa.delete(access.Relation).where(
            access.Relation.kind == RelationKind.NAMED,
            access.Relation.record_ref == row.reference,
            access.Relation.person_id.in_(gone - owners),
        )
    )
    for person in sorted(new):
        access.relate(db.session, kind=RelationKind.NAMED, person_id=person, **here)
