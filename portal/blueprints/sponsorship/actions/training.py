"""The training record of sponsors: modules of the charter's curriculum, with what proves them."""

from datetime import date, datetime

from portal.core.access import Actor
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import Sponsor, Training
from .recording import log, tidy

LONGEST_PROOF = 400


def record_training(
    row: Sponsor, module: str, *, on: date | None, proof: str, by: Actor, now: datetime
) -> Training:
    """Note that a sponsor was trained in a module on a day, and what proves it; nobody records
    their own. The record is valid from the day on which every module of the curriculum was held.
    """
    if by.id == row.person_id:
        raise Refused(_("Nobody records their own training."))
    curriculum = queries.curriculum()
    module = module.strip()
    if not module or (curriculum and module not in curriculum):
        raise Refused(_("Choose a module of the charter's curriculum."), field="module")
    if on is None or on > queries.today(now):
        raise Refused(_("A training counts from the day it was held."), field="trained_on")
    if not proof.strip():
        message = _("Say what proves it: a certificate, a list of who was there.")
        raise Refused(message, field="proof")
    kept = Training(
        sponsor_id=row.id,
        module=module,
        trained_on=on,
        proof=tidy(proof, field="proof", most=LONGEST_PROOF),
        recorder_id=by.id,
    )
    db.session.add(kept)
    db.session.flush()
    held = [(one.module, one.trained_on) for one in queries.trainings(row)]
    whole = rules.trained_since(held, curriculum=curriculum)
    row.trained_on = max(filter(None, (whole, row.trained_on)), default=None)
    log(
        row,
        "trained",
        by=by,
        now=now,
        data={"training": kept.id, "on": on.isoformat(), "whole": whole and whole.isoformat()},
        changes={"proof": (None, kept.proof)},
    )
    return kept
