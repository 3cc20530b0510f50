"""Full text: both databases find the same, and the index follows whatever writes the table."""

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts.models import NAMES, Account
from portal.blueprints.accounts.rules.text import name_key
from portal.blueprints.escalations.models import WORDS, Escalation
from portal.core import search
from tests.escalations.test_actions import declared

ROWS = {WORDS: Escalation.id, NAMES: Account.id}


def found(db, index, text):
    """… by both ways of asking."""
    row_id = ROWS[index]
    held = set(db.session.scalars(sa.select(row_id).where(search.holds(index, text, row_id))))
    newest = search.newest(index, text, row_id=row_id, seen=sa.true(), limit=20)
    assert set(newest) == held
    return held


@pytest.fixture
def case(cast, db, now):
    row = declared(cast, now)
    row.title = "Perte de données à l’usine; facture n° 4711/B en retard"
    row.customer_words = "Vous aviez promis le rétablissement"
    db.session.commit()
    return row


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("donnees", True),
        ("DONNÉES perte", True),
        ("l'usine", True),
        ("4711", True),
        ("retablissement promis", True),
        ("factu", True),
        ("factu retard", False),
        ("acture", False),
        ("absent", False),
        ("perte absent", False),
        ("'); drop table x; --", False),
        ('perte" OR "absent', False),
        ("perte:* | absent", False),
        ("…", False),
        ("", False),
    ],
)
def test_cases_are_found_by_words(case, db, text, is_found):
    assert (case.id in found(db, WORDS, text)) is is_found


@pytest.mark.parametrize(
    "text",
    ["volks", "bank", "KSBA", "société", "societe volksbank", "vo ba", "ß", "a1-b2", "volks ß"],
)
def test_accounts_are_found_by_any_part_of_a_name(cast, db, text):
    name = "Société Volksbank Große A1-B2"
    account = db.session.get(Account, cast.acme.id)
    account.name, account.name_key = name, name_key(name)
    db.session.flush()
    assert found(db, NAMES, name_key(text)) == {account.id}
    assert found(db, NAMES, "volkswagen") == set()
    assert found(db, NAMES, "Œ„´‰ˇÁ¨ˆØ∏”’") == set()


def test_the_index_follows_plain_statements(case, db):
    """Whoever writes the table writes the index, and what is gone is not found."""
    mine = sa.update(Escalation).where(Escalation.id == case.id)
    db.session.execute(mine.values(title="Something else", demand="x", customer_words="y"))
    assert found(db, WORDS, "usine") == set()
    assert found(db, WORDS, "something else") == {case.id}
    db.session.execute(mine.values(next_due_at=None))
    assert found(db, WORDS, "something") == {case.id}


def test_what_lost_its_triggers_is_made_anew(case, db):
    """As after a migration that made the table anew on SQLite, or an index of another version."""
    connection = db.session.connection()
    on_sqlite = connection.dialect.name == "sqlite"
    if on_sqlite:
        connection.exec_driver_sql("drop trigger escalation_search_changed")
    else:
        connection.exec_driver_sql("comment on table escalation_search is 'another version'")
        connection.exec_driver_sql("alter table escalation disable trigger escalation_search_write")
    db.session.execute(sa.update(Escalation).values(title="Found again"))
    assert found(db, WORDS, "again") == set()
    search.settle(connection)
    assert case.id in found(db, WORDS, "again")
    search.settle(connection)
    assert case.id in found(db, WORDS, "again")
    db.session.rollback()


def test_hostile_lengths_are_kept_and_cut(case, db):
    case.title, case.customer_words = "x" * 200, "wort " * 200_000
    db.session.flush()
    assert found(db, WORDS, "wort " * 50) == {case.id}


def test_the_newest_come_first_and_no_more_than_asked(cast, db, now, monkeypatch):
    """… be they among the recent ones that are looked through, or only in the index."""
    first, second, third = (declared(cast, now, demand=f"Turn {n}") for n in range(3))
    db.session.commit()
    asked = {"row_id": Escalation.id, "seen": Escalation.id != third.id, "limit": 1}
    for recent in (2_000, 1):
        monkeypatch.setattr(search, "RECENT", recent)
        assert search.newest(WORDS, "turn", **asked) == [second.id]
        assert search.newest(WORDS, "turn 0", **asked) == [first.id]
    monkeypatch.setattr(search, "FEW", 1)
    many = sa.select(Escalation.id).where(search.holds(WORDS, "tur", Escalation.id))
    assert set(db.session.scalars(many)) == {first.id, second.id, third.id}
