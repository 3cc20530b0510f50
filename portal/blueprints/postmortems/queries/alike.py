"""Earlier causes that a case, or a cause, may be one more instance of, with why we think so."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, Contract
from portal.blueprints.escalations import queries as case_queries
from portal.blueprints.escalations.models import WORDS, Escalation
from portal.core.access import Actor, K, Subject, sees
from portal.core.db import db
from portal.core.search import newest

from .. import rules
from ..models import Cause, Factor, Postmortem, PostmortemCase, Recurrence, State
from .finding import seen_by

E, P = Escalation, Postmortem
PER_WORD = 60
"""So many cases hold a word at most, or it is common and tells nothing."""
MOST = 400
HUSHED = (State.WAIVED, State.WITH_COUNSEL)


@dataclass(frozen=True)
class Offer:
    """An earlier cause that may have come again: its post-mortem, the case it was found in, and in
    what they are alike. `title` is None where its reader may not know the words of a draft.
    """

    cause_id: int
    reference: str
    title: str | None
    factor: Factor
    case_ref: str
    why: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class _Known:
    """A cause with the case it was found in."""

    cause: Any
    face: rules.Face


def alike(
    case: Escalation,
    *,
    viewer: Actor,
    now: datetime,
    factor: Factor | None = None,
    text: str = "",
) -> list[Offer]:
    """Give the earlier causes that a case may be one more instance of, the most alike first, among
    the post-mortems and cases that the viewer sees; `factor` and `text` are those of a cause that
    was chosen for it. What is linked already is not offered again.
    """
    words = rules.telling_words(text, case.title, case.demand, case.customer_words)
    seen = case_queries.seen_by(viewer, now=now)
    holding, common = _holding(words[: rules.MOST_ASKED])
    known = _known(case, viewer, _near(case, holding, factor), seen, now=now)
    mine = replace(
        _face(case, db.session.get_one(Account, case.account_id)),
        words=frozenset(words),
        factors=frozenset([factor.value] if factor else []),
    )
    mine = replace(mine, products=_products([case.account_id]).get(case.account_id, frozenset()))
    common |= rules.common_words([one.face for one in known.values()])
    found = {one.cause.id: rules.likeness(mine, one.face, common=common) for one in known.values()}
    named = sees(viewer, Subject.POSTMORTEM_DRAFT, klass=K.RESTRICTED, related=True)
    return [_offer(known[key].cause, how, named=named) for key, how in rules.best(found)]


def _offer(cause: Any, how: rules.Likeness, *, named: bool) -> Offer:
    title = cause.pm_title if named or cause.state is State.PUBLISHED else None
    return Offer(cause.id, cause.reference, title, cause.factor, cause.case_ref, how.why)


def _has_cause() -> sa.ColumnElement[bool]:
    return sa.exists().where(
        PostmortemCase.case_ref == E.reference, Cause.postmortem_id == PostmortemCase.postmortem_id
    )


def _holding(words: Iterable[str]) -> tuple[Collection[int], frozenset[str]]:
    """Give the cases with a cause that hold some words, those with most of them first, and which of
    the words are common; whether somebody may see them is asked of those alone that are shown.
    """
    counted: Counter[int] = Counter()
    common = set()
    for word in words:
        ids = newest(WORDS, word, row_id=E.id, seen=_has_cause(), limit=PER_WORD)
        if len(ids) == PER_WORD:
            common.add(word)
        counted.update(ids)
    return [key for key, _count in counted.most_common(MOST // 2)], frozenset(common)


def _near(
    case: Escalation, holding: Collection[int], factor: Factor | None
) -> sa.ColumnElement[bool]:
    """Give the predicate for what is looked at more closely: the same words, customer or cause."""
    ways = [E.id.in_(holding), E.account_id == case.account_id]
    if factor is not None:
        ways.append(Cause.factor == factor)
    return sa.or_(*ways)


def _known(
    case: Escalation,
    viewer: Actor,
    near: sa.ColumnElement[bool],
    seen: sa.ColumnElement[bool],
    *,
    now: datetime,
) -> dict[int, _Known]:
    linked = sa.exists().where(
        Recurrence.cause_id == Cause.id, Recurrence.case_ref == case.reference
    )
    own = sa.exists().where(
        PostmortemCase.postmortem_id == P.id, PostmortemCase.case_ref == case.reference
    )
    covered = PostmortemCase.__table__.alias("covered")
    query = (
        sa.select(
            Cause.id,
            Cause.factor,
            Cause.text,
            P.reference,
            P.title.label("pm_title"),
            P.state,
            E.reference.label("case_ref"),
            E.title,
            E.demand,
            E.customer_words,
            E.problem,
            E.trigger,
            E.account_id,
            Account.segment,
            Account.industry,
        )
        .join(P, P.id == Cause.postmortem_id)
        .join(covered, covered.c.postmortem_id == P.id)
        .join(E, E.reference == covered.c.case_ref)
        .join(Account, Account.id == E.account_id)
        .where(near, seen, seen_by(viewer, now=now), P.state.not_in(HUSHED), ~linked, ~own)
        .order_by(Cause.id.desc())
        .limit(MOST)
    )
    rows = db.session.execute(query).all()
    products = _products({row.account_id for row in rows})
    return {
        row.id: _Known(
            row,
            replace(
                _face(row, row),
                words=frozenset(
                    rules.telling_words(row.text, row.title, row.demand, row.customer_words)
                ),
                factors=frozenset([row.factor.value]),
                products=products.get(row.account_id, frozenset()),
            ),
        )
        for row in rows
    }


def _face(case: Any, account: Any) -> rules.Face:
    return rules.Face(
        account_id=case.account_id,
        problem=case.problem.value,
        trigger=case.trigger.value,
        segment=account.segment,
        industry=account.industry,
    )


def _products(accounts: Collection[int]) -> dict[int, frozenset[str]]:
    """Give what each of some customers has ever had under contract."""
    query = (
        sa.select(Contract.account_id, Contract.product)
        .where(Contract.account_id.in_(sorted(accounts)), Contract.product != "")
        .distinct()
    )
    found: dict[int, set[str]] = {}
    for account, product in db.session.execute(query):
        found.setdefault(account, set()).add(product)
    return {account: frozenset(names) for account, names in found.items()}


def in_what_alike(cause: Cause, case: Escalation, *, by: Actor, now: datetime) -> list[list[str]]:
    """Give in what a case is like a cause, as it is kept with the link that a person makes."""
    found = alike(case, viewer=by, now=now, factor=cause.factor, text=cause.text)
    return [list(pair) for one in found if one.cause_id == cause.id for pair in one.why]


def cases_for(row: Postmortem, *, viewer: Actor, now: datetime) -> list[Escalation]:
    """Give the cases of a post-mortem that a viewer sees, the newest first."""
    query = (
        sa.select(E)
        .join(PostmortemCase, PostmortemCase.case_ref == E.reference)
        .where(PostmortemCase.postmortem_id == row.id, case_queries.seen_by(viewer, now=now))
    )
    return list(db.session.scalars(query.order_by(E.opened_at.desc(), E.id.desc())))


@dataclass(frozen=True)
class Cluster:
    """What belongs together because people linked it: post-mortems and cases, by reference."""

    postmortems: Sequence[str]
    cases: Sequence[str]


ROUNDS = 6


def cluster(row: Postmortem, *, viewer: Actor, now: datetime) -> Cluster:
    """Give what belongs together with a post-mortem through links that people made, and links of
    what was linked, as far as the viewer sees it; nothing to those who do not read K3.
    """
    subject = Subject.POSTMORTEM if row.state is State.PUBLISHED else Subject.POSTMORTEM_DRAFT
    if not sees(viewer, subject, klass=K.RESTRICTED, related=True):
        return Cluster((), ())
    lessons, cases = {row.id}, set[str]()
    for _round in range(ROUNDS):
        before = len(lessons) + len(cases)
        cases |= _cases_around(lessons)
        lessons |= _lessons_around(cases)
        if len(lessons) + len(cases) == before:
            break
    mine = sa.select(P.reference).where(
        P.id.in_(lessons - {row.id}), seen_by(viewer, now=now), P.state.not_in(HUSHED)
    )
    seen = sa.select(E.reference).where(
        E.reference.in_(cases), case_queries.seen_by(viewer, now=now)
    )
    return Cluster(
        db.session.scalars(mine.order_by(P.reference)).all(),
        db.session.scalars(seen.order_by(E.reference)).all(),
    )


def _cases_around(lessons: Collection[int]) -> set[str]:
    covered = sa.select(PostmortemCase.case_ref).where(PostmortemCase.postmortem_id.in_(lessons))
    linked = sa.select(Recurrence.case_ref).where(Recurrence.postmortem_id.in_(lessons))
    return set(db.session.scalars(sa.union(covered, linked)))


def _lessons_around(cases: Collection[str]) -> set[int]:
    covered = sa.select(PostmortemCase.postmortem_id).where(PostmortemCase.case_ref.in_(cases))
    linked = sa.select(Recurrence.postmortem_id).where(Recurrence.case_ref.in_(cases))
    return set(db.session.scalars(sa.union(covered, linked)))
