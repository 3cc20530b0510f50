"""Exit reviews: opened on what is proposed, concluded by people who are not the sponsor."""

from datetime import datetime, timedelta

from portal.core.access import Actor, Permission
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _, show_date

from .. import queries, rules
from ..models import ExitReason, ExitReview, LaneKind, ReviewOutcome, Sponsorship
from .deciding import is_full, one_at_a_time
from .recording import account_of, inform, log, tell_story, tidy
from .running import (
    end,
    extend,
    refuse_ended,
    refuse_stranger,
    tell_goes_on,
    write_down,
)
from .terms import hand_over


def open_review(row: Sponsorship, *, why: str, by: Actor, now: datetime) -> ExitReview:
    """Open a review of whether and how a sponsorship goes on, with what is proposed on file."""
    refuse_ended(row)
    refuse_stranger(row, by=by)
    if queries.review(row) is not None:
        raise Refused(_("A review is open already."))
    signals = [str(one.mark) for one in queries.signals(row)]
    if not signals and not why.strip():
        raise Refused(_("No exit criterion is met: say why there is a review."), field="why_review")
    review = ExitReview(
        sponsorship_id=row.id,
        proposals=signals,
        why=tidy(why, field="why_review"),
        opener_id=by.id,
    )
    db.session.add(review)
    db.session.flush()
    data = {"review": review.id, "signals": signals}
    log(row, "review_opened", by=by, now=now, data=data, changes={"why": (None, review.why)})
    return review


def conclude(
    row: Sponsorship,
    outcome: ReviewOutcome,
    *,
    reason: str,
    by: Actor,
    now: datetime,
    sponsor_id: int | None = None,
    why: ExitReason | None = None,
) -> None:
    """Conclude the review of a sponsorship: it goes on as it is, ends, has one more term, changes
    lane or sponsor, or is displaced with notice. `reason` is the farewell where it ends.

    Refused for the sponsor, and wherever the act itself is.
    """
    refuse_ended(row)
    review = queries.review(row)
    if review is None:
        raise Refused(_("Somebody was faster: no review is open."))
    if not by.may(Permission.SPONSORSHIP_DECIDE):
        raise Refused(_("The programme manager or the panel decides this."))
    if by.id == queries.sponsor_of(row).person_id:
        raise Refused(_("A sponsor does not decide on their own account."))
    if not reason.strip():
        raise Refused(_("Say why."), field="conclusion")
    match outcome:
        case ReviewOutcome.END:
            if why is None:
                raise Refused(_("Say why it ends."), field="ends_because")
            end(row, why, note=reason, by=by, now=now)
        case ReviewOutcome.EXTEND:
            extend(row, reason=reason, by=by, now=now)
        case ReviewOutcome.CHANGE_SPONSOR:
            hand_over(row, sponsor_id, reason=reason, by=by, now=now)
        case ReviewOutcome.CHANGE_LANE:
            change_lane(row, reason=reason, by=by, now=now)
        case ReviewOutcome.DISPLACE:
            displace(row, reason=reason, by=by, now=now)
        case ReviewOutcome.KEEP:
            number = queries.policy_in_force()[1]
            write_down(row, "sponsorship.kept", {"outcome": "keep"}, number, reason, by=by, now=now)
    review.outcome, review.reason = outcome, tidy(reason, field="conclusion")
    review.decider_id, review.decided_at = by.id, now
    uid = log(
        row,
        "review_concluded",
        by=by,
        now=now,
        data={"review": review.id, "outcome": outcome.value},
        changes={"reason": (None, review.reason)},
    )
    if outcome is ReviewOutcome.KEEP:
        tell_goes_on(row, key=uid, reason=reason, by=by, now=now)


def change_lane(row: Sponsorship, *, reason: str, by: Actor, now: datetime) -> None:
    """Move a sponsorship to the other lane, with a term of its own from today, if its sponsor has
    room there.
    """
    refuse_ended(row)
    other = LaneKind.STRATEGIC if row.lane is LaneKind.RECOVERY else LaneKind.RECOVERY
    policy, number = queries.policy_in_force()
    one_at_a_time()
    on = queries.today(now)
    one = queries.carried(queries.sponsor_of(row), on=on)
    load = rules.matching.without_one(one.load, row.lane)
    against = rules.objections_to_capacity(one.sponsor, load, other, on=on, policy=policy)
    if against or is_full(other, policy):
        full = _("All places of this lane are taken: let it wait, or end another first.")
        raise Refused(" ".join(each.message for each in against) or full, field="outcome")
    write_down(row, "sponsorship.lane", {"lane": other.value}, number, reason, by=by, now=now)
    before, row.lane, row.extended = row.lane, other, False
    row.ends_on = rules.term_end(other, on, policy=policy)
    uid = log(
        row,
        "lane_changed",
        by=by,
        now=now,
        data={"before": before.value, "after": other.value, "ends_on": row.ends_on.isoformat()},
        changes={"reason": (None, reason.strip())},
    )
    day = show_date(row.ends_on)
    text = (
        _("The executive sponsorship is in the recovery lane now, until %(day)s.", day=day)
        if other is LaneKind.RECOVERY
        else _("The executive sponsorship is in the strategic lane now, until %(day)s.", day=day)
    )
    tell_story(row, text, uid=uid, by=by, now=now)
    tell_goes_on(row, key=uid, reason=reason, by=by, now=now)


def displace(row: Sponsorship, *, reason: str, by: Actor, now: datetime) -> None:
    """Give notice that another account needs the place more; the end comes after the policy's
    days, and the sponsor, the CSM and the programme know of it today.
    """
    refuse_ended(row)
    if row.displaced_on is not None:
        raise Refused(_("Notice is given already."))
    policy, number = queries.policy_in_force()
    row.displaced_on = queries.today(now)
    over = row.displaced_on + timedelta(days=policy.exit.displacement_notice_days)
    write_down(row, "sponsorship.displacement", {"ends": str(over)}, number, reason, by=by, now=now)
    uid = log(
        row,
        "displaced",
        by=by,
        now=now,
        data={"notice_until": over.isoformat()},
        changes={"reason": (None, reason.strip())},
    )
    text = _("The sponsorship ends on %(day)s: another account needs it.", day=show_date(over))
    tell_story(row, text, uid=uid, by=by, now=now)
    told: dict[int | None, str] = {
        account_of(row).owner_id: "account_owner",
        queries.sponsor_of(row).person_id: "sponsor",
    }
    inform(row, told, "displaced", key="displaced", by=by, now=now, day=over, why=reason.strip())
