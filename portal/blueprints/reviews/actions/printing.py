"""The book of a review: an issue of a briefing, for one reader."""

from dataclasses import replace
from datetime import datetime

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.briefings import actions as briefing_actions
from portal.blueprints.briefings.models import Briefing, Kind
from portal.blueprints.briefings.queries import Collected
from portal.blueprints.briefings.rules import Edition
from portal.core.access import Actor, K, Permission
from portal.core.errors import Refused
from portal.core.i18n import _, speaking
from portal.reports import facts as paper
from portal.reports import snapshot

from .. import queries
from ..models import Review
from .recording import log


def make_book(
    row: Review,
    *,
    reader: Actor,
    locale: str,
    paper_size: str,
    verify_at: str,
    by: Actor,
    now: datetime,
) -> Briefing:
    """Make the next issue of a review's book for a reader, by what the reader may see, and queue
    its typesetting. It is bound whole: a book has no annex to ask for.
    """
    if not reader.may(Permission.REVIEWS_READ):
        raise Refused(_("This person does not read reviews."), field="reader_id")
    with speaking(locale, reader.zone):
        top = header(locale, verify_at=verify_at, now=now)
        facts = queries.pack(row, reader=reader, issue=top, now=now)
    klass = K.RESTRICTED if queries.holds_money(facts) else K.CONFIDENTIAL
    level = paper.Classification(_LEVELS[klass])
    edition = Edition(locale=locale, paper=paper_size, verify_at=verify_at)
    marked = replace(
        facts.issue,
        classification=level,
        classification_words=auth_queries.classification_words(level, locale),
        locale=locale,
        paper=paper_size,
        audience=edition.audience_of(reader),
        template=snapshot.TEMPLATE,
    )
    cases = frozenset(case.reference for case in facts.cases)
    made = briefing_actions.issue(
        Collected(replace(facts, issue=marked), klass, cases),
        briefing_actions.About(Kind.QUARTERLY_REVIEW, row.reference, None),
        reader=reader,
        edition=edition,
        by=by,
        now=now,
    )
    log(row, "book_made", by=by, now=now, data={"briefing": made.reference})
    return made


_LEVELS = {K.CONFIDENTIAL: "confidential", K.RESTRICTED: "restricted"}


def header(locale: str, *, verify_at: str, now: datetime) -> paper.Issue:
    """Give what stands on every sheet; number and reference are set when the issue is made."""
    house = auth_queries.organisation()
    return paper.Issue(
        reference="BRF-0000-0000",
        number=1,
        issued_at=now,
        zone=house.zone,
        organisation=house.name,
        verify_at=verify_at,
    )
