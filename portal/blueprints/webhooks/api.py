"""Receivers and their messages, for programs."""

from collections.abc import Callable
from typing import Any

from apiflask import APIBlueprint
from flask import Response, current_app

from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, call, once, read_body, read_query, shapes
from portal.core.db import db
from portal.core.web import require, viewer

from . import actions, queries, remote, rules
from .models import Delivery, DeliveryState, Receiver
from .schemas import (
    DeliveriesAsked,
    DeliveryList,
    DeliveryOut,
    ReceiverIn,
    ReceiverList,
    ReceiverOut,
    ResumeIn,
    SecretOut,
)

bp = APIBlueprint("webhooks_api", __name__, url_prefix="/api/v1/webhooks")


def _out(row: Receiver, waiting: int) -> ReceiverOut:
    return ReceiverOut(
        id=row.id,
        name=row.name,
        url=row.url,
        events=row.events,
        state=row.state.value,
        waiting=waiting,
        failing_since=row.failing_since,
        error=row.error,
        heard_at=row.heard_at,
    )


def _shown(row: Receiver, *, status: int = 200) -> Response:
    return answer(_out(row, queries.count_waiting(row.id)), status=status)


@bp.get("/")
@require(Permission.WEBHOOKS_WATCH)
@shapes(gives=ReceiverList)
def receivers() -> Response:
    """List the receivers, and the events that can be chosen."""
    waiting = queries.waiting()
    items = [_out(row, waiting.get(row.id, 0)) for row in queries.receivers()]
    return answer(ReceiverList(items=items, events=list(rules.CATALOGUE)))


@bp.post("/")
@require(Permission.WEBHOOKS_MANAGE)
@shapes(takes=ReceiverIn, gives=ReceiverOut, status=201)
def add() -> Response:
    """Set up a receiver."""

    def work() -> Response:
        given = read_body(ReceiverIn)
        row = actions.add(
            name=given.name,
            url=given.url,
            names=given.events,
            hosts=current_app.config["PORTAL"].webhook_hosts,
            by=viewer(),
            now=clock.now(),
        )
        return _shown(row, status=201)

    return once(work)


@bp.get("/<int:receiver_id>")
@require(Permission.WEBHOOKS_WATCH)
@shapes(gives=ReceiverOut)
def receiver(receiver_id: int) -> Response:
    """Give a receiver."""
    return call(lambda: _shown(queries.get(receiver_id)))


@bp.put("/<int:receiver_id>")
@require(Permission.WEBHOOKS_MANAGE)
@shapes(takes=ReceiverIn, gives=ReceiverOut)
def edit(receiver_id: int) -> Response:
    """Change a receiver."""

    def work(row: Receiver) -> None:
        given = read_body(ReceiverIn)
        actions.edit(
            row,
            name=given.name,
            url=given.url,
            names=given.events,
            hosts=current_app.config["PORTAL"].webhook_hosts,
            by=viewer(),
            now=clock.now(),
        )

    return _do(receiver_id, work)


def _do(receiver_id: int, work: Callable[[Receiver], Any]) -> Response:
    """Do something with a receiver, and show it."""

    def act() -> Response:
        row = queries.get(receiver_id, lock=True)
        work(row)
        return _shown(row)

    return once(act)


@bp.post("/<int:receiver_id>/pause")
@require(Permission.WEBHOOKS_MANAGE)
@shapes(gives=ReceiverOut)
def pause(receiver_id: int) -> Response:
    """Send a receiver nothing for a while."""
    return _do(receiver_id, lambda row: actions.pause(row, by=viewer(), now=clock.now()))


@bp.post("/<int:receiver_id>/resume")
@require(Permission.WEBHOOKS_MANAGE)
@shapes(takes=ResumeIn, gives=ReceiverOut)
def resume(receiver_id: int) -> Response:
    """Send a receiver what happens again."""

    def work(row: Receiver) -> None:
        skip = read_body(ResumeIn).skip
        actions.resume(row, skip=skip, by=viewer(), now=clock.now())

    return _do(receiver_id, work)


@bp.post("/<int:receiver_id>/try")
@require(Permission.WEBHOOKS_MANAGE)
@shapes(gives=ReceiverOut)
def try_out(receiver_id: int) -> Response:
    """Send a receiver a test."""
    return _do(receiver_id, lambda row: actions.try_out(row, by=viewer(), now=clock.now()))


@bp.post("/<int:receiver_id>/rotate")
@require(Permission.WEBHOOKS_MANAGE)
@shapes(gives=ReceiverOut)
def rotate(receiver_id: int) -> Response:
    """Give a receiver a new secret; the old one signs along for a day."""
    return _do(receiver_id, lambda row: actions.rotate(row, by=viewer(), now=clock.now()))


@bp.post("/<int:receiver_id>/secret")
@require(Permission.WEBHOOKS_MANAGE)
@shapes(gives=SecretOut)
def secret(receiver_id: int) -> Response:
    """Say what signs for a receiver. The answer is kept nowhere, unlike that of other calls."""

    def work() -> Response:
        row = queries.get(receiver_id)
        actions.note_shown(row, by=viewer(), now=clock.now())
        db.session.commit()
        shown = remote.secrets_of(row, now=clock.now())[0]
        return answer(SecretOut(secret=shown, old_holds_until=row.old_until))

    return call(work)


@bp.delete("/<int:receiver_id>")
@require(Permission.WEBHOOKS_MANAGE)
@shapes(gives=ReceiverOut)
def remove(receiver_id: int) -> Response:
    """Forget a receiver, and say what it was."""

    def work() -> Response:
        row = queries.get(receiver_id, lock=True)
        was = _out(row, 0)
        actions.remove(row, by=viewer(), now=clock.now())
        return answer(was)

    return once(work)


@bp.get("/<int:receiver_id>/deliveries")
@require(Permission.WEBHOOKS_WATCH)
@shapes(asks=DeliveriesAsked, gives=DeliveryList)
def deliveries(receiver_id: int) -> Response:
    """List the messages for a receiver, the newest first."""

    def work() -> Response:
        asked, row = read_query(DeliveriesAsked), queries.get(receiver_id)
        found = queries.page(
            row.id, viewer=viewer(), now=clock.now(), cursor=asked.after or None, limit=asked.limit
        )
        items = [_delivery(**one) for one in found.rows]
        return answer(DeliveryList(items=items, after=found.after))

    return call(work)


def _delivery(**row: Any) -> DeliveryOut:
    waits = row["state"] is DeliveryState.WAITING
    return DeliveryOut(
        id=row["id"],
        message_id=row["message_id"],
        event=row["event"],
        record=row["record_ref"],
        state=row["state"].value,
        tries=row["tries"],
        error=row["error"],
        next_try_at=row["send_at"] if waits else None,
        sent_at=row["sent_at"],
    )


@bp.post("/deliveries/<int:delivery_id>/replay")
@require(Permission.WEBHOOKS_MANAGE)
@shapes(gives=DeliveryOut)
def replay(delivery_id: int) -> Response:
    """Send a message once more: the same words under the same id."""

    def work() -> Response:
        row = queries.delivery(delivery_id, lock=True)
        actions.replay(row, by=viewer(), now=clock.now())
        return answer(_seen(row))

    return once(work)


def _seen(row: Delivery) -> DeliveryOut:
    hidden = queries.is_shut(row.record_ref, row.body)
    return DeliveryOut(
        id=row.id,
        message_id=row.message_id,
        event=row.event,
        record=None if hidden else row.record_ref,
        state=row.state.value,
        tries=row.tries,
        error=row.error,
        next_try_at=row.send_at,
        sent_at=row.sent_at,
    )
