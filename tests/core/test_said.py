"""What Parley wrote in one language is read in another; people's words stay as they are."""

import json
import pickle

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import EntryKind, Lane, TimelineEntry
from portal.blueprints.escalations import actions as escalations
from portal.blueprints.escalations.queries import Wish
from portal.core.i18n import _, again, followed, kept, speaking


def through_the_database(text):
    return again(json.loads(json.dumps(kept(text))))


def test_a_text_is_said_again_in_the_readers_language(app):
    with app.app_context():
        with speaking("en"):
            text = _("Accepted the case.")
        with speaking("fr"):
            french = _("Accepted the case.")
            assert french != text
            assert through_the_database(text) == french
        with speaking("it"):
            assert through_the_database(french) not in {text, french}


def test_values_that_are_texts_are_said_again_too(app):
    with app.app_context():
        with speaking("fr"):
            text = _("Formal notice received: %(kind)s", kind=_("Accepted the case."))
        with speaking("en"):
            assert through_the_database(text) == "Formal notice received: Accepted the case."


def test_somebodys_words_stay_beneath(app):
    with app.app_context():
        with speaking("fr"):
            text = followed(_("Accepted the case."), "Ils disent 100 %s de oui")
        with speaking("en"):
            assert through_the_database(text) == "Accepted the case.\n\nIls disent 100 %s de oui"


def test_peoples_own_words_are_kept_as_they_are():
    assert kept("Accepted the case.") is None


def test_a_text_survives_copying():
    text = _("Declined: %(why)s", why="x")
    assert kept(pickle.loads(pickle.dumps(text))) == kept(text) is not None


def test_the_timeline_speaks_the_readers_language(cast, db, now):
    case = escalations.declare(
        cast.acme, Wish(words="We leave.", demand="A fix"), by=cast.carl, now=now
    )
    with speaking("fr"):
        escalations.accept(case, by=cast.erik, now=now)
    db.session.commit()

    def told(language):
        with speaking(language):
            found = account_queries.timeline(
                cast.erik, case.account_id, now=now, case_ref=case.reference
            )
            return [(one.text, one.language) for one in found.rows]

    assert ("Accepted the case.", "en") in told("en")
    assert ("Accepted the case.", "en") not in told("it")


def test_old_entries_still_show(cast, db, now):
    row = TimelineEntry(
        account_id=cast.acme.id, lane=Lane.INTERNAL, kind=EntryKind.NOTE, klass=1,
        event_at=now, recorded_at=now, author_name="Carl", text="Accepted the case.",
        language="en", event_uid="x",
    )  # fmt: skip
    db.session.add(row)
    db.session.commit()
    db.session.execute(sa.update(TimelineEntry).values(said=sa.null()))
    with speaking("fr"):
        found = account_queries.timeline(cast.carl, cast.acme.id, now=now)
    assert ("Accepted the case.", "en") in [(one.text, one.language) for one in found.rows]


@pytest.mark.parametrize("text", ["100 %", "%(x)s"])
def test_signs_of_percent_do_no_harm(app, text):
    with app.app_context(), speaking("en"):
        assert through_the_database(_("Declined: %(why)s", why=text)) == f"Declined: {text}"
