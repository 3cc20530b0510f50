"""An issue from frozen facts to a read receipt."""

import hashlib
import io
from datetime import timedelta

import pytest
from pypdf import PdfReader

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.auth import actions as auth
from portal.blueprints.briefings import actions, queries
from portal.blueprints.briefings.models import State
from portal.blueprints.briefings.rules import Edition
from portal.blueprints.escalations import actions as escalations
from portal.blueprints.escalations import queries as escalation_queries
from portal.blueprints.escalations.models import Channel, ClockKind
from portal.blueprints.escalations.queries import Wish
from portal.core import clock
from portal.core.errors import NotFound, Refused


def issue(cast, now, *, reader="ava", by="erik", locale="it"):
    return actions.make_account_briefing(
        account_queries.get(getattr(cast, by), cast.acme.reference, now=now),
        reader=getattr(cast, reader),
        edition=Edition(locale=locale, verify_at="portal.example/verify"),
        by=getattr(cast, by),
        now=now,
    )


def test_an_issue_is_typeset_stored_and_can_be_verified(cast, db, now, run_jobs):
    reference = issue(cast, now).reference
    run_jobs()
    row = queries.by_reference(reference)
    content = queries.pdf_of(row)
    assert row.state is State.DRAFT, "nothing is asked of anybody yet, so it cannot be final"
    assert "ask" in row.problems
    assert hashlib.sha256(content).hexdigest() == row.pdf_digest
    assert queries.by_digest(row.pdf_digest).reference == reference
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    assert "Acme Forges" in text
    assert "612.000" in text, "money by the reader's locale"
    assert row.pages <= 2


def test_numbers_count_the_issues_about_a_subject(cast, db, now, run_jobs):
    first, second = issue(cast, now), issue(cast, now, reader="lena", locale="fr")
    assert (first.issue, second.issue) == (1, 2)


def test_nobody_gets_a_briefing_on_what_they_may_not_see(cast, db, now):
    with pytest.raises(Refused, match="may not see"):
        issue(cast, now, reader="otto")


@pytest.mark.parametrize("name", ["otto", "carl", "adam", "fina"])
def test_an_issue_opens_for_its_reader_and_author_alone(cast, db, now, name):
    reference = issue(cast, now).reference
    db.session.commit()
    with pytest.raises(NotFound):
        queries.get(getattr(cast, name), reference)


def test_the_second_issue_says_what_changed_since_the_reader_read(cast, db, now, run_jobs):
    first = issue(cast, now)
    actions.mark_read(first, downloaded=False, by=cast.ava, now=now)
    db.session.commit()
    cast.acme.risk_score, cast.acme.risk_band = 71, "red"
    db.session.commit()
    second = issue(cast, now)
    assert second.snapshot["facts"]["changes"]["since_number"] == 1
    unread = issue(cast, now, reader="lena")
    assert unread.snapshot["facts"]["changes"] is None


def test_only_the_addressee_reads(cast, db, now):
    row = issue(cast, now)
    actions.mark_read(row, downloaded=True, by=cast.erik, now=now)
    assert queries.last_read(row.kind, row.subject_ref, reader=cast.ava) is None
    actions.mark_read(row, downloaded=True, by=cast.ava, now=now)
    found = queries.last_read(row.kind, row.subject_ref, reader=cast.ava)
    assert found[1] == now


def test_a_revoked_issue_opens_no_more(cast, db, now, run_jobs):
    reference = issue(cast, now).reference
    run_jobs()
    row = queries.by_reference(reference)
    actions.revoke(row, reason="wrong figures", by=cast.erik, now=now)
    db.session.commit()
    with pytest.raises(NotFound):
        queries.pdf_of(row)
    with pytest.raises(Refused):
        actions.revoke(row, reason="again", by=cast.erik, now=now)


def test_a_final_issue_for_the_executive_owner_starts_the_briefing_clock_anew(
    cast, db, now, run_jobs
):
    case = escalations.declare(
        cast.acme,
        Wish(words="We will terminate the contract.", demand="A date", channel=Channel.PHONE),
        by=cast.carl,
        now=now,
    )
    escalations.name_executive(case, cast.ava.id, by=cast.erik, now=now)
    later = now + timedelta(hours=3)
    with clock.moved(later):
        issue(cast, later)
        run_jobs()
    assert brief_due(case) == now + timedelta(hours=4), "a draft tells nobody enough"
    escalations.ask(
        case,
        "Who signs?",
        of_id=cast.ava.id,
        options=["You", "Finance"],
        recommended="You",
        answer_by=now + timedelta(days=1),
        if_nothing="They leave.",
        by=cast.erik,
        now=later,
    )
    with clock.moved(later):
        issue(cast, later)
        run_jobs()
    assert brief_due(case) == later + timedelta(days=1)


def brief_due(case):
    found = escalation_queries.clocks_of(case)
    return next(c.due_at for c in found if c.kind is ClockKind.EXECUTIVE_BRIEF)


@pytest.mark.parametrize(
    ("impact", "locale", "because", "quoted"),
    [
        ("The plant has stood still since Monday", "en", True, None),
        ("The plant has stood still since Monday", "fr", False, "en"),
        ("L'atelier est à l'arrêt depuis lundi", "it", False, "fr"),
        ("Conveyor 7", "it", True, None),
        ("", "en", False, None),
    ],
)
def test_words_in_another_language_are_never_woven_into_the_first_sentence(
    cast, db, now, impact, locale, because, quoted
):
    wish = Wish(words="We are leaving.", demand="Fix it", channel=Channel.PHONE)
    escalations.declare(cast.acme, wish, impact=impact, by=cast.erik, now=now)
    row = issue(cast, now, locale=locale)
    situation = row.snapshot["facts"]["situation"]
    assert (situation["because"] == impact) is because
    assert situation["impact_language"] == quoted
    assert (situation["impact"] == impact) is (quoted is not None)


def test_the_paper_is_marked_as_the_portal_classifies_it(cast, db, now):
    row = issue(cast, now)
    said = row.snapshot["facts"]["issue"]
    assert said["classification"] == row.classification
    assert said["classification_words"] is None


def test_the_paper_says_its_level_in_the_words_of_the_organisation(cast, db, now):
    level = issue(cast, now).classification
    words = {"fr": {level: " SECRET DES AFFAIRES ", "customer": "x"}, "it": {level: " "}}
    kept = auth.set_paper_words(words, by=cast.adam, now=now)
    assert kept.classifications == {"fr": {level: "SECRET DES AFFAIRES", "customer": "x"}}
    for locale, said in (("fr", "SECRET DES AFFAIRES"), ("it", None), ("en", None)):
        found = issue(cast, now, locale=locale).snapshot["facts"]["issue"]
        assert found["classification_words"] == said
