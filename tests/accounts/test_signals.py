"""Signals of other systems: taken in once each, by program and by file, and counted in the risk."""

import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts import actions, queries
from portal.blueprints.accounts.models import HealthSignal, SignalBatch
from portal.blueprints.accounts.rules import signals as rules
from portal.blueprints.risk import actions as risk
from portal.blueprints.risk.models import Assessment
from portal.core.access import job
from portal.core.errors import Refused
from portal.core.events import Event
from tests.conftest import ON_SQLITE_ALONE

NOW = datetime(2026, 6, 17, 8, 0, tzinfo=UTC)
GOOD = ("ACC-00001", "health", "80", "2026-06-01", "")


def read(**changed):
    names = ("account", "kind", "value", "observed_at", "external_id")
    given = dict(zip(names, GOOD, strict=True)) | changed
    return rules.reading(*given.values(), zone="Europe/Paris", now=NOW)


@pytest.mark.parametrize(
    ("changed", "column"),
    [
        ({"account": " "}, "account"),
        ({"kind": "=cmd()"}, "kind"),
        ({"kind": "a" * 61}, "kind"),
        ({"value": "eighty"}, "value"),
        ({"value": "NaN"}, "value"),
        ({"value": "1e30"}, "value"),
        ({"value": "-1"}, "value"),
        ({"observed_at": "yesterday"}, "observed_at"),
        ({"observed_at": "2026-06-18"}, "observed_at"),
        ({"observed_at": "1989-12-31"}, "observed_at"),
        ({"observed_at": "0001-01-01"}, "observed_at"),
        ({"external_id": "x" * 121}, "external_id"),
    ],
)
def test_what_is_no_signal_says_which_field_is_wrong(changed, column):
    with pytest.raises(rules.Misread) as wrong:
        read(**changed)
    assert wrong.value.column == column


def test_a_signal_without_a_number_is_known_by_its_time():
    one = read(kind=" Health ", value="80.123456789")
    assert (one.kind, one.value) == ("health", Decimal("80.12345679"))
    assert one.observed_at == datetime(2026, 5, 31, 22, 0, tzinfo=UTC)
    assert one.external_id == one.observed_at.isoformat()
    assert read(kind="nps", value="-40").value == -40
    assert read(observed_at="2026-06-01T10:00:00Z", external_id=" 7 ").external_id == "7"


def table(*rows, head="account;kind;value;observed_at;external_id"):
    return io.BytesIO("\n".join([head, *rows]).encode())


def test_signals_are_taken_in_once_and_move_the_risk(cast, db, now, run_jobs):
    clockwork, ref = job("tests"), cast.acme.reference
    risk.catch_up(by=clockwork, now=now)
    db.session.commit()
    file = table(
        f"{ref};health;80;2026-05-01;h1",
        f"{ref};health;60;2026-06-01;h2",
        f"{cast.acme.external_id};usage;100;2026-06-01;",
        "",
        "ACC-99999;health;1;2026-06-01;",
        f"{cast.borealis.reference};health;x;2026-06-01;",
    )
    readings, wrong = actions.read_signals(file, zone="UTC", by=cast.carl, now=now)
    assert [(one.line, one.column) for one in wrong] == [(6, "account"), (7, "value")]
    good = [one for one in readings if one.account != "ACC-99999"]
    with pytest.raises(Refused):
        actions.take_signals(readings, source="pulse", by=cast.carl, now=now)
    taken = actions.take_signals(good, source="pulse", by=cast.carl, now=now)
    assert (taken.new, taken.changed, taken.same) == (3, 0, 0)
    db.session.commit()
    assert risk.catch_up(by=clockwork, now=now) == 1
    assert db.session.get_one(Assessment, cast.acme_id).health_trend == Decimal("0.25")
    assert cast.acme.risk_score == 8
    # The same again is known; another value under the same number corrects it.
    again = actions.take_signals(good, source="pulse", by=cast.carl, now=now)
    assert (again.new, again.changed, again.same, again.batch_id) == (0, 0, 3, None)
    file = table(f"{ref};health;80;2026-06-01;h2", f"{ref};health;70;2026-06-02;h2")
    readings, wrong = actions.read_signals(file, zone="UTC", by=cast.carl, now=now)
    corrected = actions.take_signals(readings, source="pulse", by=cast.carl, now=now)
    assert (wrong, corrected.changed, corrected.new) == ([], 1, 0)
    db.session.commit()
    assert risk.catch_up(by=clockwork, now=now + timedelta(minutes=1)) == 1
    assert db.session.get_one(Assessment, cast.acme_id).health_trend == Decimal("0.125")
    rows = queries.signals(cast.acme, kind="health")
    assert [queries.formers(rows).get(row.id) for row in rows] == [[60], None]
    # What is kept of signals is found anew once the first of them is too long ago.
    later = now + timedelta(days=60)
    risk.reckon(by=clockwork, now=later, kept=True)
    assert db.session.get_one(Assessment, cast.acme_id).health_trend == 0
    found = queries.latest(cast.acme)
    assert [(one.kind, one.value, one.before) for one in found] == [
        ("health", 70, 80),
        ("usage", 100, None),
    ]
    told = sa.select(Event.data).order_by(Event.seq).where(Event.name == "accounts.signals_taken")
    assert [data["new"] for data in db.session.scalars(told.order_by(Event.seq))] == [3, 0]
    # Who does not look after an account tells nothing of it.
    with pytest.raises(Refused):
        actions.take_signals(good, source="pulse", by=cast.clara, now=now)
    for content in (b"PK\x03\x04", b"a,b\n1,2\n", b"", b"x" * (actions.MOST_SIGNALS * 300)):
        with pytest.raises(Refused):
            actions.read_signals(io.BytesIO(content), zone="UTC", by=cast.carl, now=now)


def test_numbers_of_merged_accounts_lead_on_and_shared_ones_nowhere(cast, db, now):
    def make(name, external_id, source):
        given = {"name": name, "external_id": external_id, "source": source}
        return actions.create(**given, owner_id=cast.carl.id, by=cast.erik, now=now)

    def names(viewer=cast.carl):
        asked = ("X1", "X2", gone.reference, here.reference, cast.borealis.reference)
        return {k: one.id for k, one in queries.named(viewer, asked, now=now).items() if k in asked}

    gone, here = make("Gone", "X1", "crm"), make("Here", "X2", "crm")
    db.session.commit()
    own = {"X2": here.id, here.reference: here.id}
    assert names() == own | {"X1": gone.id, gone.reference: gone.id}
    make("Twin", "X2", "desk")
    db.session.commit()
    assert "X2" not in names()
    row = actions.merge(gone, here, by=cast.erik, now=now)
    db.session.commit()
    led = {"X1": here.id, gone.reference: here.id, here.reference: here.id}
    assert names() == led
    assert names(cast.clara) == {cast.borealis.reference: cast.borealis_id}
    actions.unmerge(db.session.merge(row), by=cast.erik, now=now)
    db.session.commit()
    assert names()["X1"] == gone.id


@ON_SQLITE_ALONE
def test_signals_come_by_page_and_show_on_the_account(cast, db, browse):
    ref, desk = cast.acme.reference, browse("carl")

    def send(text, **fields):
        file = (io.BytesIO(text.encode()), "signals.csv")
        return desk.post("/accounts/signals", {"file": file, "source": "pulse", **fields})

    bad = "account,kind,value,observed_at\nACC-99999,health,80,2026-06-01\n"
    assert "ACC-99999" in send(bad).get_data(as_text=True)
    good = f"account,kind,value,observed_at\n{ref},health,80,2026-06-01\n"
    assert send(good, dry_run="y").status_code == 200
    assert db.session.scalar(sa.select(sa.func.count()).select_from(HealthSignal)) == 0
    assert send(good).status_code == 303
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SignalBatch)) == 1
    assert "pulse" in desk.text("/accounts/signals")
    assert "pulse" in desk.text(f"/accounts/{ref}/signals?kind=health")
    assert browse("kim").get("/accounts/signals").status_code == 403
    assert browse("clara").get(f"/accounts/{ref}/signals").status_code == 404
