"""A sponsorship in its term: touchpoints, one more term, the end; and the sponsors' profiles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import available_timezones

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, EntryKind, Lane
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.policies import actions as policy_actions
from portal.blueprints.policies.models import PolicyKind
from portal.core import access
from portal.core.access import Actor, Grade, K, Permission, Relation, RelationKind, Role
from portal.core.db import db, next_reference
from portal.core.errors import Refused
from portal.core.i18n import LANGUAGES, _, followed, show_date, show_number
from portal.core.plain import legible

from .. import queries, rules
from ..models import (
    ExitReason,
    Sponsor,
    Sponsorship,
    SponsorshipState,
    Touchpoint,
    TouchpointState,
)
from .recording import account_of, inform, kinds, log, programme, tell_story, tidy

LONGEST_MINUTES = 24 * 60
SPONSORING = frozenset({Role.EXECUTIVE, Role.LEADERSHIP})


def settle_touchpoint(
    row: Sponsorship,
    point: Touchpoint,
    state: TouchpointState,
    *,
    note: str,
    on: date | None,
    by: Actor,
    now: datetime,
    ours: Sequence[int] = (),
    theirs: Sequence[int] = (),
    minutes: int | None = None,
) -> None:
    """Note that sponsor and customer met on a day, who took part (people of ours, contacts of
    theirs) and how many minutes it took us, or who missed it; the next one is planned.

    The sponsor and who runs the programme do that.
    """
    refuse_ended(row)
    refuse_stranger(row, by=by)
    if point.state is not TouchpointState.PLANNED or state is TouchpointState.PLANNED:
        raise Refused(_("This touchpoint is settled already."))
    today = queries.today(now)
    day = on or today
    if day > today or day < row.starts_on:
        raise Refused(_("Choose a day of this term that is not to come."), field="on")
    if minutes is not None and not 0 < minutes <= LONGEST_MINUTES:
        raise Refused(_("Between a minute and a day are believable."), field="minutes")
    policy, _number = queries.policy_in_force()
    point.state, point.note = state, tidy(note, field="note")
    point.minutes = minutes
    held = state is TouchpointState.HELD
    if held:
        point.held_on = day
        point.ours, point.theirs = queries.attended(row, ours=ours, theirs=theirs)
        following = rules.next_touchpoint(row.starts_on, day, policy=policy)
    else:
        following = today + timedelta(days=policy.touch.introduction_days)
    row.next_touch_on = following
    db.session.add(Touchpoint(sponsorship_id=row.id, planned_on=following))
    uid = log(
        row,
        "touched" if held else "touch_missed",
        by=by,
        now=now,
        data={
            "touchpoint": point.id,
            "state": state.value,
            "on": day.isoformat(),
            "minutes": minutes,
            "ours": point.ours,
            "theirs": point.theirs,
        },
        changes={"note": (None, point.note)},
    )
    if held:
        text = _("The sponsor met the customer on %(day)s.", day=show_date(day))
        story = followed(text, point.note) if point.note else text
        tell_story(row, story, uid=uid, by=by, now=now, kind=EntryKind.MEETING, lane=Lane.CUSTOMER)


def extend(row: Sponsorship, *, reason: str, by: Actor, now: datetime) -> None:
    """Give a sponsorship one more term; the recovery lane knows one extension."""
    refuse_ended(row)
    if not reason.strip():
        raise Refused(_("Say why one more term is needed."), field="reason")
    policy, number = queries.policy_in_force()
    after = rules.extended(row.lane, row.ends_on, extensions=int(row.extended), policy=policy)
    if after is None:
        raise Refused(_("This lane knows no further extension."))
    before, row.ends_on, row.extended = row.ends_on, after, True
    write_down(
        row, "sponsorship.extension", {"ends_on": after.isoformat()}, number, reason, by=by, now=now
    )
    uid = log(
        row,
        "extended",
        by=by,
        now=now,
        data={"before": before.isoformat(), "after": after.isoformat()},
        changes={"reason": (None, reason.strip())},
    )
    text = _("The executive sponsorship has one more term, until %(day)s.", day=show_date(after))
    tell_story(row, text, uid=uid, by=by, now=now)
    tell_goes_on(row, key=uid, reason=reason, by=by, now=now)


def tell_goes_on(row: Sponsorship, *, key: str, reason: str, by: Actor, now: datetime) -> None:
    """Tell the CSM and the sponsor until when a sponsorship goes on, in which lane, and why."""
    told: dict[int | None, str] = {
        account_of(row).owner_id: "account_owner",
        queries.sponsor_of(row).person_id: "sponsor",
    }
    given = {"day": row.ends_on, "lane": row.lane.value, "why": reason.strip()}
    inform(row, told, "goes_on", key=f"goes_on:{key}", by=by, now=now, **given)


def end(row: Sponsorship, why: ExitReason, *, note: str, by: Actor, now: datetime) -> None:
    """End a sponsorship: a person decides, and says why; sponsor and programme no longer see the
    account's cases.
    """
    refuse_ended(row)
    if not note.strip():
        raise Refused(
            _("Write what the customer and their CSM need to know now."), field="farewell"
        )
    policy, number = queries.policy_in_force()
    _refuse_without_notice(row, why, days=policy.exit.displacement_notice_days, now=now)
    row.state, row.exit_reason = SponsorshipState.ENDED, why
    row.ended_on, row.exit_note = queries.today(now), tidy(note, field="farewell")
    row.next_touch_on = None
    row.reentry_on = rules.leaving.comes_back_on(row.lane, why, on=queries.today(now))
    sponsor = db.session.get_one(Sponsor, row.sponsor_id)
    write_down(row, "sponsorship.exit", {"reason": why.value}, number, note, by=by, now=now)
    uid = log(
        row,
        "ended",
        by=by,
        now=now,
        data={"reason": why.value},
        changes={"note": (None, row.exit_note)},
    )
    text = _("The executive sponsorship ended: %(why)s", why=row.exit_note)
    tell_story(row, text, uid=uid, by=by, now=now)
    told: dict[int | None, str] = {
        **programme(),
        account_of(row).owner_id: "account_owner",
        sponsor.person_id: "sponsor",
    }
    inform(row, told, "ended", key="ended", by=by, now=now, note=row.exit_note)
    db.session.execute(
        sa.delete(Relation).where(
            Relation.kind == RelationKind.SPONSOR,
            Relation.account_id == row.account_id,
            sa.or_(
                Relation.person_id == sponsor.person_id, Relation.role == Role.PROGRAMME_MANAGER
            ),
        )
    )
    # What was theirs stays readable to them: how it went, and that it ended.
    access.relate(
        db.session,
        kind=RelationKind.NAMED,
        account_id=row.account_id,
        record_ref=row.reference,
        person_id=sponsor.person_id,
    )


def _refuse_without_notice(row: Sponsorship, why: ExitReason, *, days: int, now: datetime) -> None:
    """Refuse to displace an account before the notice is over that was given."""
    if why is not ExitReason.DISPLACED:
        return
    if row.displaced_on is None:
        raise Refused(_("Nobody is displaced without notice: give it in a review."), field="why")
    over = row.displaced_on + timedelta(days=days)
    if queries.today(now) < over:
        raise Refused(_("The notice runs until %(day)s.", day=show_date(over)), field="why")


def write_down(
    row: Sponsorship,
    kind: str,
    chosen: dict[str, str],
    number: int,
    reason: str,
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Keep a decision on a sponsorship, with what was proposed."""
    proposals = queries.exits(row, account_of(row), now=now)
    policy_actions.decide(
        kind,
        record=row.reference,
        account_id=row.account_id,
        klass=K.CONFIDENTIAL,
        policy=(PolicyKind.SPONSORSHIP, number),
        facts={
            "ends_on": row.ends_on.isoformat(),
            "proposals": [[str(one.mark), one.proposal.value] for one in proposals],
        },
        recommendation={"reason": proposals[0].reason.value} if proposals else {},
        chosen=chosen,
        reason=reason.strip(),
        by=by,
        now=now,
    )


def refuse_ended(row: Sponsorship) -> None:
    """Refuse what can only be done to a sponsorship that runs."""
    if row.state is not SponsorshipState.ACTIVE:
        raise Refused(_("This sponsorship has ended."))


def refuse_stranger(row: Sponsorship, *, by: Actor) -> None:
    """Refuse who is neither the sponsor nor runs the programme."""
    sponsor = db.session.get_one(Sponsor, row.sponsor_id)
    if by.id != sponsor.person_id and not by.may(Permission.SPONSORSHIP_MANAGE):
        raise Refused(_("The sponsor or the programme manager notes this."))


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What is known of a sponsor; style and relations stay notes for people."""

    languages: tuple[str, ...]
    zone: str
    expertise: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    hours_month: int = 8
    capacity: int = 3
    recovery_places: int = 1
    trained_on: date | None = None
    notes: str = ""


def add_sponsor(person_id: int, profile: Profile, *, by: Actor, now: datetime) -> Sponsor:
    """Take an executive into the programme, once."""
    actor = auth_queries.actor(person_id)
    if not actor.roles & SPONSORING:
        raise Refused(_("Sponsors are executives or leadership."), field="person_id")
    if db.session.scalar(sa.select(Sponsor.id).filter_by(person_id=person_id)) is not None:
        raise Refused(_("This person is a sponsor already."), field="person_id")
    reference, _register = next_reference("SPR", year=queries.today(now).year)
    row = Sponsor(reference=reference, person_id=person_id, zone=profile.zone)
    _write(row, profile, now=now)
    db.session.add(row)
    db.session.flush()
    log(row, "sponsor_added", by=by, now=now, data={"person": person_id})
    return row


def edit_sponsor(row: Sponsor, profile: Profile, *, by: Actor, now: datetime) -> None:
    """Change a sponsor's profile; capacity is never put below what they carry."""
    _refuse_less_than_carried(row, profile)
    before, trained, against = row.notes, row.trained_on, row.conflicts
    _write(row, profile, now=now)
    log(
        row,
        "sponsor_edited",
        by=by,
        now=now,
        data={"capacity": row.capacity, "hours": row.hours_month},
        changes={
            "notes": (before, row.notes),
            "conflicts": (", ".join(against), ", ".join(row.conflicts)),
        }
        | ({"trained_on": (trained, row.trained_on)} if trained != row.trained_on else {}),
    )


def _refuse_less_than_carried(row: Sponsor, profile: Profile) -> None:
    """Refuse fewer places than accounts, and hours taken away that these need."""
    load = queries.loads().get(row.id, rules.Load())
    for field, places, carried in (
        ("capacity", profile.capacity, load.strategic),
        ("recovery_places", profile.recovery_places, load.recovery),
    ):
        if places < carried:
            message = _("They look after more accounts than that: end or hand over one first.")
            raise Refused(message, field=field)
    used = rules.hours_used(load, policy=queries.policy_in_force()[0])
    if profile.hours_month < row.hours_month and profile.hours_month < used:
        message = _(
            "Their accounts take %(hours)s hours a month: end or hand over one first.",
            hours=show_number(used),
        )
        raise Refused(message, field="hours_month")


def _write(row: Sponsor, profile: Profile, *, now: datetime) -> None:
    policy, _number = queries.policy_in_force()
    grade = Grade(auth_queries.get(row.person_id).grade)
    most = policy.capacity.strategic_chief if grade is Grade.CXO else policy.capacity.strategic
    # What an older version of the policy let them have stays until somebody changes it.
    if not 0 <= profile.capacity <= most and profile.capacity != row.capacity:
        raise Refused(
            _("The policy gives them at most %(most)s strategic places.", most=most),
            field="capacity",
        )
    if not 0 <= profile.recovery_places <= policy.capacity.recovery:
        raise Refused(
            _("The policy gives %(most)s recovery places.", most=policy.capacity.recovery),
            field="recovery_places",
        )
    if not 0 <= profile.hours_month <= 80:
        raise Refused(_("Between 0 and 80 hours a month are believable."), field="hours_month")
    if profile.zone not in available_timezones():
        raise Refused(_("This is not a time zone, such as Europe/Paris."), field="zone")
    if not profile.languages or not set(profile.languages) <= set(LANGUAGES):
        raise Refused(_("Choose the languages they speak."), field="languages")
    if profile.trained_on is not None and profile.trained_on > queries.today(now):
        raise Refused(_("A training counts from the day it was held."), field="trained_on")
    conflicts = sorted({legible(one).upper() for one in profile.conflicts} - {""})
    there = db.session.scalars(sa.select(Account.reference).where(Account.reference.in_(conflicts)))
    if unknown := sorted(set(conflicts).difference(there)):
        message = _("There is no account %(number)s.", number=unknown[0])
        raise Refused(message, field="conflicts")
    row.languages, row.zone = sorted(set(profile.languages)), profile.zone
    row.expertise = kinds(profile.expertise, field="expertise")
    row.industries = kinds(profile.industries, field="industries")
    row.conflicts = conflicts
    row.hours_month, row.capacity = profile.hours_month, profile.capacity
    row.recovery_places, row.trained_on = profile.recovery_places, profile.trained_on
    row.notes = tidy(profile.notes, field="notes")
