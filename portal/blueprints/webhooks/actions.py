"""Setting receivers up, writing messages for them, and what becomes of each."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from portal.blueprints.auth import queries as auth
from portal.blueprints.notifications import actions as post
from portal.core import access, events, jobs, outbound
from portal.core.access import Actor, K, Role
from portal.core.db import db, insert_once
from portal.core.errors import Refused
from portal.core.i18n import _

from . import queries, rules
from .models import Delivery, DeliveryState, Receiver, ReceiverState

CLOCK = access.job("webhooks")
MOST_RECEIVERS = 50


def add(
    *, name: str, url: str, names: Iterable[str], hosts: Iterable[str], by: Actor, now: datetime
) -> Receiver:
    """Set up a receiver that is told of events from now on; `hosts` are those that may be called,
    all where it is empty.
    """
    if len(queries.receivers()) >= MOST_RECEIVERS:
        raise Refused(_("There are enough receivers: remove one first."))
    row = Receiver(
        name=_named(name),
        url=_address(url, hosts=hosts),
        events=_chosen(names),
        cursor=queries.head(),
        salt=secrets.token_hex(16),
        state=ReceiverState.ACTIVE,
        secret=1,
        error="",
    )
    db.session.add(row)
    db.session.flush()
    _record("added", row, by=by, now=now, after=f"{row.name} {row.url}")
    return row


def edit(
    row: Receiver,
    *,
    name: str,
    url: str,
    names: Iterable[str],
    hosts: Iterable[str],
    by: Actor,
    now: datetime,
) -> Receiver:
    """Change a receiver's name, address and events; what waits for it goes to the new address."""
    before = f"{row.name} {row.url}"
    row.name, row.url, row.events = _named(name), _address(url, hosts=hosts), _chosen(names)
    _record("edited", row, by=by, now=now, before=before, after=f"{row.name} {row.url}")
    return row


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Refused(_("Give it a name."), field="name")
    return name[:80]


def _address(url: str, *, hosts: Iterable[str]) -> str:
    url = url.strip()
    if not rules.is_address(url):
        raise Refused(_("This is no address that begins with https://."), field="url")
    if outbound.is_ours(urlsplit(url).hostname or ""):
        raise Refused(
            _("This address lies in a network of our own: it is never called."), field="url"
        )
    if not rules.is_allowed(url, hosts=hosts):
        raise Refused(_("This installation may not call this host."), field="url")
    return url


def _chosen(names: Iterable[str]) -> list[str]:
    found = sorted(set(names))
    if not found or not set(found) <= rules.CATALOGUE.keys():
        raise Refused(_("Choose at least one event of the list."), field="events")
    return found


def pause(row: Receiver, *, by: Actor, now: datetime) -> None:
    """Send a receiver nothing until it is resumed; what happens meanwhile stays in the log."""
    if row.state is not ReceiverState.ACTIVE:
        raise Refused(_("It is sent nothing as it is."))
    row.state = ReceiverState.PAUSED
    _record("paused", row, by=by, now=now)


def resume(row: Receiver, *, skip: bool, by: Actor, now: datetime) -> None:
    """Send a receiver what waits and what happened meanwhile, or with `skip` only what happens from
    now on.
    """
    if row.state is ReceiverState.ACTIVE:
        raise Refused(_("It is sent what happens as it is."))
    row.state, row.failing_since, row.error = ReceiverState.ACTIVE, None, ""
    if skip:
        row.cursor = queries.head()
    waits = {"send_at": now} if not skip else {"state": DeliveryState.WITHDRAWN}
    db.session.execute(
        sa.update(Delivery)
        .where(Delivery.receiver_id == row.id, Delivery.state == DeliveryState.WAITING)
        .values(version=Delivery.version + 1, updated_at=now, **waits)
    )
    _record("resumed", row, by=by, now=now)


def remove(row: Receiver, *, by: Actor, now: datetime) -> None:
    """Forget a receiver and every message for it; the log says that there was one."""
    _record("removed", row, by=by, now=now, before=f"{row.name} {row.url}")
    db.session.execute(sa.delete(Delivery).where(Delivery.receiver_id == row.id))
    db.session.delete(row)


def rotate(row: Receiver, *, by: Actor, now: datetime) -> None:
    """Give a receiver a new secret; for a day messages are signed with the old one, too."""
    row.secret, row.old_until = row.secret + 1, now + rules.OLD_HOLDS
    _record("rotated", row, by=by, now=now)


def note_shown(row: Receiver, *, by: Actor, now: datetime) -> None:
    """Write down that somebody was shown a receiver's secret."""
    _record("secret_shown", row, by=by, now=now)


def try_out(row: Receiver, *, by: Actor, now: datetime) -> Delivery:
    """Send a receiver a message that says nothing, to see whether it takes it."""
    if row.state is not ReceiverState.ACTIVE:
        raise Refused(_("Resume it first."))
    found = Delivery(
        receiver_id=row.id,
        message_id=f"msg_{secrets.token_hex(16)}",
        event=rules.TEST,
        body=rules.payload(rules.TEST, at=now, record=None, account=None, data={}),
        send_at=now,
    )
    db.session.add(found)
    db.session.flush()
    queue_try(found.id, slot="first")
    _record("tried", row, by=by, now=now)
    return found


def collect(row: Receiver, *, now: datetime) -> int:
    """Write the messages for what the log holds since the last time; gives how many.

    The log is read in the order of its numbers, which is the order of the commits: nothing is
    passed over, whoever dies when.
    """
    until = queries.head()
    if row.cursor >= until or queries.count_waiting(row.id) >= rules.MOST_WAITING:
        return 0
    found, made = queries.following(row.cursor, until=until), 0
    for event in found:
        if event.name in row.events:
            made += _write(row, event, now=now)
    row.cursor = found[-1].seq if len(found) == queries.ENOUGH else until
    return made


def _write(row: Receiver, event: Any, *, now: datetime) -> int:
    body = rules.payload(
        event.name, at=event.at, record=event.record_ref, account=event.account, data=event.data
    )
    if queries.is_shut(event.record_ref, body):
        return 0
    return insert_once(
        Delivery,
        receiver_id=row.id,
        message_id=f"msg_{event.uid}",
        event=event.name,
        record_ref=event.record_ref,
        body=body,
        state=DeliveryState.WAITING,
        send_at=now,
        tries=0,
        error="",
        version=1,
        created_at=now,
        updated_at=now,
    )


def queue_try(delivery_id: int, *, slot: str) -> None:
    """Queue one try of a message, once by `slot`."""
    key = f"webhook:{delivery_id}:{slot}"
    jobs.enqueue("webhooks.send", key=key, payload={"delivery_id": delivery_id})


def claim(delivery_id: int, *, now: datetime) -> Delivery | None:
    """Take a due message for one try; None where it is not due, somebody else has it, or its
    receiver is sent nothing. A try that never comes back leaves it due again after the lease.
    """
    active = sa.select(Receiver.id).where(Receiver.state == ReceiverState.ACTIVE)
    taken = db.session.scalar(
        sa.update(Delivery)
        .where(
            Delivery.id == delivery_id,
            Delivery.state == DeliveryState.WAITING,
            Delivery.send_at <= now,
            Delivery.receiver_id.in_(active),
        )
        .values(
            tries=Delivery.tries + 1,
            send_at=now + rules.LEASE,
            version=Delivery.version + 1,
            updated_at=now,
        )
        .returning(Delivery.id)
    )
    if taken is None:
        return None
    found = queries.delivery(taken)
    db.session.refresh(found)
    return found


def withdraw(delivery: Delivery, *, by: Actor, now: datetime) -> None:
    """Let a message rest that names what has become restricted."""
    delivery.state, delivery.error = DeliveryState.WITHDRAWN, "restricted"
    data = {"delivery": delivery.id, "receiver": delivery.receiver_id}
    events.record("webhooks.withdrawn", by=by, now=now, data=data)


def note_sent(delivery: Delivery, *, by: Actor, now: datetime) -> None:
    """Note that a receiver took a message."""
    delivery.state, delivery.sent_at, delivery.error = DeliveryState.SENT, now, ""
    row = queries.get(delivery.receiver_id, lock=True)
    was_away, row.failing_since, row.error, row.heard_at = row.failing_since, None, "", now
    if was_away is None:
        data = {"delivery": delivery.id, "receiver": row.id}
        events.record("webhooks.sent", by=by, now=now, data=data)
        return
    _wake(row, now=now)
    _record("back", row, by=by, now=now)


def _wake(row: Receiver, *, now: datetime) -> None:
    """Let what waits for a receiver that answers again leave now."""
    db.session.execute(
        sa.update(Delivery)
        .where(Delivery.receiver_id == row.id, Delivery.state == DeliveryState.WAITING)
        .values(send_at=now, version=Delivery.version + 1)
    )


def note_failure(
    delivery: Delivery, *, error: str, status: int | None, by: Actor, now: datetime
) -> None:
    """Note a failed try and when the next one is; a receiver that is away for long is given up, and
    administrators are told of it.
    """
    row = queries.get(delivery.receiver_id, lock=True)
    delivery.error = row.error = error[:200]
    row.failing_since = row.failing_since or now
    wait, away = rules.wait(delivery.tries), now - row.failing_since
    if wait is not None:
        delivery.send_at = now + wait
    else:
        delivery.state = DeliveryState.FAILED
        data = {"delivery": delivery.id, "receiver": row.id, "tries": delivery.tries}
        events.record("webhooks.failed", by=by, now=now, data=data)
    if status == rules.GONE or away >= rules.DEAD_AFTER:
        row.state = ReceiverState.DEAD
        _record("given_up", row, by=by, now=now)
        _tell(row, "webhooks/given_up", now=now)
    elif away >= rules.TELL_AFTER:
        _tell(row, "webhooks/failing", now=now)


def _tell(row: Receiver, template: str, *, now: datetime) -> None:
    """Tell administrators of a receiver, once for each time that it is away."""
    since = row.failing_since or now
    for person in auth.people(role=Role.ADMIN):
        post.notify(
            person.id,
            template=template,
            context={"name": row.name, "since": since, "path": f"/webhooks/{row.id}"},
            why="admin",
            key=f"{template}:{row.id}:{since:%Y%m%d%H%M%S}:{person.id}",
            record=None,
            account_id=None,
            klass=K.INTERNAL,
            by=CLOCK,
            now=now,
        )


def replay(delivery: Delivery, *, by: Actor, now: datetime) -> None:
    """Send a message once more, whatever became of it: the same words under the same id."""
    if delivery.state is DeliveryState.WITHDRAWN:
        raise Refused(_("What was withdrawn is not sent again."))
    delivery.state, delivery.send_at = DeliveryState.WAITING, now
    queue_try(delivery.id, slot=f"replay {delivery.tries} {now.isoformat()}")
    data = {"delivery": delivery.id, "receiver": delivery.receiver_id, "tries": delivery.tries}
    events.record("webhooks.replayed", by=by, now=now, data=data)


def forget(*, now: datetime) -> None:
    """Forget the messages that are over since long; their events stay in the log."""
    over = Delivery.state != DeliveryState.WAITING
    db.session.execute(sa.delete(Delivery).where(over, Delivery.updated_at < now - rules.KEEP))


def _record(
    verb: str, row: Receiver, *, by: Actor, now: datetime, before: str = "", after: str = ""
) -> None:
    changes = {"receiver": (before or None, after or None)} if before or after else None
    data = {"receiver": row.id, "events": len(row.events), "secret": row.secret}
    events.record(f"webhooks.{verb}", by=by, now=now, data=data, changes=changes)
