"""The letter to the customer: their language, what was approved, no admission without counsel."""

from datetime import datetime
from typing import Any

import pytest

from portal.blueprints.concessions import actions, queries, rules
from portal.blueprints.concessions.models import Concession, Insurer
from portal.blueprints.policies.rules import CompensationPolicy, shipped
from portal.core.errors import Refused
from tests.cast import Cast
from tests.conftest import ON_SQLITE_ALONE

from . import making

WORDS = shipped(CompensationPolicy).admission_words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("We are sorry for the outage.", ()),
        ("It was OUR\nFAULT, plainly.", ("our fault",)),
        ("Our faults were few.", ()),
        (
            "C’est notre faute et nous  sommes responsables.",
            ("notre faute", "nous sommes responsables"),
        ),
        ("Le système était en défaut.", ()),
        ("È stata colpa nostra.", ("colpa nostra",)),
        ("", ()),
    ],
)
def test_words_that_admit(text: str, found: tuple[str, ...]) -> None:
    assert rules.admissions([text], words=WORDS) == found


def approved(cast: Cast, now: datetime, **more: Any) -> Concession:
    row = making.draft(cast.borealis, 1000, by=cast.carl, now=now, **more)
    actions.request(row, by=cast.carl, now=now)
    actions.approve(row, by=cast.erik, now=now)
    return row


def test_no_admission_goes_out_unless_counsel_signed(cast: Cast, now: datetime) -> None:
    row = approved(cast, now, apology="It was our fault.")
    with pytest.raises(Refused, match="our fault"):
        actions.offer(row, by=cast.carl, now=now)
    row = approved(cast, now, apology="It was our fault.", release=True)
    actions.note_insurer(row, Insurer.TOLD, by=cast.fina, now=now)
    actions.approve(row, by=cast.lisa, now=now)
    actions.offer(row, by=cast.carl, now=now)


@pytest.mark.parametrize("field", ["apology", "fix", "terms"])
def test_no_field_of_a_template_stands_in_a_letter(cast: Cast, now: datetime, field: str) -> None:
    with pytest.raises(Refused, match=r"\{customer\}") as refused:
        making.draft(cast.borealis, 1000, by=cast.carl, now=now, **{field: "Dear {customer}, yes"})
    assert refused.value.field == field
    row = making.draft(cast.borealis, 1000, by=cast.carl, now=now)
    with pytest.raises(Refused, match=r"\{months\}"):
        actions.add_part(row, making.part(10, what="Free for {months}"), by=cast.carl, now=now)


@ON_SQLITE_ALONE
def test_the_letter_speaks_the_customers_language(
    browse: Any, cast: Cast, now: datetime, db: Any
) -> None:
    for one in queries.addressees(cast.borealis):
        one.language = "fr"
    row = approved(cast, now, apology="Toutes nos excuses pour la panne.")
    draft = making.draft(cast.borealis, 100, by=cast.carl, now=now)
    db.session.commit()
    carl = browse("carl")
    text = carl.text(f"/concessions/{row.reference}/letter")
    assert "Toutes nos excuses" in text
    letter = text[text.index('lang="fr">') :]
    assert "1\u202f000\xa0€" in letter
    assert "Nous souhaitons vous proposer" in letter
    assert carl.get(f"/concessions/{draft.reference}/letter").status_code == 404
