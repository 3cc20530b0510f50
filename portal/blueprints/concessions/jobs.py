"""What the clock and the log ask of this room: offers that nobody answered lapse, and what belongs
to a restricted case is restricted with it; finance hears of money promised without authority;
what waits for a signature or a delivery is chased.
"""

from datetime import datetime, timedelta
from typing import Any

from flask import current_app

from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import CompensationPolicy
from portal.core import access, clock
from portal.core.db import db
from portal.core.errors import NotFound, Refused
from portal.reports.errors import ReportError
from portal.reports.letter import print_letter as print_letter_pdf

from . import actions, queries, rules


def lapse_offers(now: str) -> None:
    """Let offers lapse whose time is over."""
    moment = datetime.fromisoformat(now)
    for row in queries.lapsed(now=moment):
        actions.lapse(row, by=access.job("concessions.lapse_offers"), now=moment)


def chase(now: str) -> None:
    """Remind of signatures and deliveries that wait, and tell others when they are late."""
    moment, by = datetime.fromisoformat(now), access.job("concessions.chase")
    policy, _number = policy_queries.in_force(CompensationPolicy)
    for row in queries.waiting(before=moment - timedelta(days=policy.remind_days)):
        actions.chase_signature(row, by=by, now=moment)
    for row in queries.to_deliver(before=moment - timedelta(days=policy.deliver_days)):
        actions.chase_delivery(row, by=by, now=moment)
    for lot in queries.lots_waiting(before=moment - timedelta(days=policy.remind_days)):
        actions.chase_lot(lot, by=by, now=moment)


def ask_stand_ins(now: str) -> None:
    """Ask whoever stands in for people who went away after a signature was asked of them."""
    moment, by = datetime.fromisoformat(now), access.job("concessions.ask_stand_ins")
    for row in queries.waiting(before=moment):
        actions.ask_stand_ins(row, by=by, now=moment)


def follow_absence(event: dict[str, Any]) -> None:
    """Ask at once whoever stands in for somebody who has just gone away."""
    ask_stand_ins(event["at"])


def note_outcomes(now: str) -> None:
    """Note of what was given 90, 180 and 365 days ago whether the customer stayed."""
    moment, by = datetime.fromisoformat(now), access.job("concessions.note_outcomes")
    for days in rules.DAYS:
        for row in queries.to_note(days, now=moment):
            actions.note_outcome(row, days=days, by=by, now=moment)


def follow_case(event: dict[str, Any]) -> None:
    """Close what a case offers with the case, and open it with it."""
    for row in queries.in_case(event["record_ref"]):
        actions.follow_case(row)


def tell_finance(event: dict[str, Any]) -> None:
    """Tell finance of a promise that no approved compensation covers."""
    by, at = access.job("concessions.tell_finance"), datetime.fromisoformat(event["at"])
    actions.tell_finance(event["data"]["promise"], by=by, now=at)


def note_letter_left(event: dict[str, Any]) -> None:
    """Write down of a letter with an offer that its mail has left."""
    if (event["record_ref"] or "").startswith("CON-"):
        moment = datetime.fromisoformat(event["at"])
        actions.note_letter_left(event["data"]["notification"], now=moment)


def pay_lot(lot_id: int) -> None:
    """Pay an approved lot, each line in a transaction of its own: what a crash leaves over is paid
    the next time, and nothing twice.
    """
    base_url = current_app.config["PORTAL"].base_url
    for line_id in queries.unpaid(lot_id):
        try:
            actions.pay_line(line_id, base_url=base_url, now=clock.now())
        except Refused as refusal:
            db.session.rollback()
            actions.note_stuck(line_id, str(refusal.message), now=clock.now())
        db.session.commit()
    _release_freed(lot_id, base_url=base_url)
    actions.end_lot(lot_id, now=clock.now())
    db.session.commit()


def _release_freed(lot_id: int, *, base_url: str) -> None:
    """Let the letters leave to whom counsel speaks for no longer."""
    by = access.job("concessions.pay_lot")
    held = [(one.id, one.account_id) for one in queries.held_lines(lot_id)]
    for line_id, account_id in held:
        if queries.with_counsel(account_id):
            continue
        try:
            queries.lot_by_id(lot_id)  # locked before its line, as the pages do
            actions.release_line(line_id, base_url=base_url, by=by, now=clock.now())
        except (Refused, NotFound) as refusal:
            db.session.rollback()
            if isinstance(refusal, Refused):  # not found: somebody has released it meanwhile
                actions.note_stuck(line_id, str(refusal.message), now=clock.now())
        db.session.commit()


def end_lot(event: dict[str, Any]) -> None:
    """End a lot with the last of its letters that waited for counsel."""
    actions.end_lot_of(event["record_ref"], now=datetime.fromisoformat(event["at"]))


def print_letter(sent_id: int) -> None:
    """Make the PDF of a letter, once; done twice, the second time finds it done."""
    found = queries.unprinted(sent_id)
    if found is None:
        return
    sent, row = found
    letter = queries.as_letter(sent, row)
    db.session.commit()  # nothing is held while the child works
    try:
        content = print_letter_pdf(letter)
    except ReportError as error:
        current_app.logger.warning("letter %s failed: %s", sent_id, error)
        return
    found = queries.unprinted(sent_id)
    if found is not None:
        actions.keep_letter(*found, content, now=clock.now())
        db.session.commit()


JOBS = {pay_lot: "heavy", print_letter: "heavy"}
FOLLOWS = {
    "auth.absence_set": follow_absence,
    "notifications.sent": note_letter_left,
    "accounts.promised_without_authority": tell_finance,
    "concessions.offered": end_lot,
    "concessions.withdrawn": end_lot,
    "escalations.restricted": follow_case,
    "escalations.opened_up": follow_case,
}
EVERY = {
    lapse_offers: timedelta(hours=1),
    chase: timedelta(hours=6),
    ask_stand_ins: timedelta(hours=1),
    note_outcomes: timedelta(days=1),
}
