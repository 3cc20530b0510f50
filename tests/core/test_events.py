"""The event log: sealed with the change, and any tampering is found."""

import threading

import pytest
import sqlalchemy as sa

from portal.core import events
from portal.core.access import K
from portal.core.events import Event, EventHead, EventValue

TAMPER = {
    "altered": "update event set name = 'x.y' where seq = 3",
    "removed": "delete from event where seq = 3",
    "cut": "delete from event where seq >= (select max(seq) from event)",
    "head moved": "update event_head set seq = seq - 1",
    "value altered": "update event_value set after = 'x'",
    "value removed": "delete from event_value where id = (select min(id) from event_value)",
}


def some_events(cast, now, n=5):
    for i in range(n):
        events.record(
            "tests.done",
            by=cast.carl,
            now=now,
            record="ESC-2026-0001",
            klass=K.INTERNAL,
            data={"i": i},
            changes={"text": (None, f"word {i}")},
        )


def unguarded(db):
    if db.engine.dialect.name == "sqlite":
        db.session.execute(sa.text("drop trigger event_no_update"))
        db.session.execute(sa.text("drop trigger event_no_delete"))
    else:
        db.session.execute(sa.text("set local session_replication_role = replica"))


def test_whole_after_a_commit(cast, db, now):
    some_events(cast, now)
    db.session.commit()
    found = events.verify()
    assert found.whole
    assert found.checked == db.session.scalar(sa.select(EventHead.seq))


@pytest.mark.parametrize("how", TAMPER)
def test_tampering_is_found(cast, db, now, how):
    some_events(cast, now)
    db.session.commit()
    unguarded(db)
    db.session.execute(sa.text(TAMPER[how]))
    db.session.commit()
    found = events.verify()
    assert not found.whole
    assert found.bad_seq is not None


def test_a_tail_cut_with_a_rebuilt_head_shows_against_a_checkpoint(cast, db, now, tmp_path):
    some_events(cast, now)
    db.session.commit()
    events.checkpoint(tmp_path / "marks", now=now)
    unguarded(db)
    last = db.session.scalars(sa.select(Event).order_by(Event.seq.desc()).limit(2)).all()
    db.session.execute(sa.delete(EventValue).where(EventValue.event_uid == last[0].uid))
    db.session.execute(sa.delete(Event).where(Event.seq == last[0].seq))
    db.session.execute(
        sa.update(EventHead).values(
            seq=last[1].seq,
            digest=last[1].digest,
            signature=events.signature(last[1].seq, last[1].digest),
        )
    )
    db.session.commit()
    assert events.verify().whole, "without the checkpoint a rebuilt head cannot be told"
    found = events.verify(checkpoints=events.read_checkpoints(tmp_path / "marks"))
    assert not found.whole


def test_rows_of_the_log_refuse_changes(cast, db, now):
    some_events(cast, now)
    db.session.commit()
    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        db.session.execute(sa.text("update event set name = 'x' where seq = 1"))


def test_redacted_values_leave_the_chain_whole(cast, db, now):
    some_events(cast, now)
    db.session.commit()
    value = db.session.scalars(sa.select(EventValue).limit(1)).one()
    value.before = value.after = None
    value.redacted_at, value.redacted_because = now, "request of the person"
    db.session.commit()
    found = events.verify()
    assert found.whole
    assert found.redacted == 1


def test_rolled_back_changes_leave_no_event(cast, db, now):
    before = db.session.scalar(sa.select(EventHead.seq))
    some_events(cast, now)
    db.session.rollback()
    db.session.commit()
    assert db.session.scalar(sa.select(EventHead.seq)) == before


def test_writers_at_once_neither_break_nor_fork_the_chain(app, cast, db, now):
    actor, before = cast.carl, db.session.scalar(sa.select(EventHead.seq))
    db.session.commit()

    def write():
        with app.app_context():
            for _ in range(10):
                events.record("tests.done", by=actor, now=now)
                db.session.commit()

    threads = [threading.Thread(target=write) for _ in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert db.session.scalar(sa.select(EventHead.seq)) == before + 40
    assert events.verify().whole
