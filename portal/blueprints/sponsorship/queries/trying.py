"""Trying the entry criteria on an account: under the version in force, and under a draft."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.models import PolicyDraft, PolicyKind
from portal.blueprints.policies.rules import SHAPES, SponsorshipPolicy, read_draft
from portal.core.access import Actor
from portal.core.db import db
from portal.core.errors import NotFound, Refused
from portal.core.i18n import _

from .. import rules
from ..models import LaneKind, Nomination
from . import finding
from .checking import checked, policy_in_force


@dataclass(frozen=True)
class Tried:
    """An account held against a lane: under the version in force and, if one is tried, a draft."""

    account: Account
    lane: LaneKind
    number: int
    now: rules.Check
    then: rules.Check | None

    @property
    def differs(self) -> bool:
        """Say whether the draft would answer otherwise."""
        if self.then is None:
            return False
        was, would = (
            [(one.key, one.met) for one in (*each.criteria, *each.leaving)]
            for each in (self.now, self.then)
        )
        return was != would or self.now.score.value != self.then.score.value


def drafted(draft: PolicyDraft) -> SponsorshipPolicy:
    """Give what a draft of the criteria says; NotFound for a draft of another policy, Refused while
    something in it is wrong.
    """
    if draft.kind is not PolicyKind.SPONSORSHIP:
        raise NotFound
    document, problems = read_draft(SHAPES[draft.kind], draft.body)
    if not isinstance(document, SponsorshipPolicy):
        text = problems[0].text
        raise Refused(_("Something must be put right first: %(text)s", text=text))
    return document


def tried(
    viewer: Actor, account: Account, lane: LaneKind, *, draft_id: int | None, now: datetime
) -> Tried:
    """Hold an account against a lane, with what its open nomination says as far as the viewer may
    read it; nothing is written.
    """
    policy, number = policy_in_force()
    nomination = _nomination(viewer, account, lane, now=now)
    then = None
    if draft_id is not None:
        given = drafted(policy_queries.get_draft(draft_id))
        then = checked(account, lane, now=now, nomination=nomination, policy=given)
    found = checked(account, lane, now=now, nomination=nomination, policy=policy)
    return Tried(account, lane, number, found, then)


def _nomination(
    viewer: Actor, account: Account, lane: LaneKind, *, now: datetime
) -> Nomination | None:
    query = sa.select(Nomination).where(
        Nomination.account_id == account.id,
        Nomination.lane == lane,
        Nomination.state.in_(finding.OPEN),
        finding.nominations_seen(viewer, now=now),
    )
    return db.session.scalar(query.order_by(Nomination.id.desc()).limit(1))
