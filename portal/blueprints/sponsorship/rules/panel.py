"""How a panel decides: who may vote, what a quorum is, and what the votes say together."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from portal.blueprints.accounts.rules import Objection
from portal.blueprints.sponsorship.models import PanelVerdict
from portal.core.i18n import _

MOST_SEATS = 15


@dataclass(frozen=True, slots=True)
class Ballot:
    """A person's vote; without a verdict it is a conflict of interest they declared."""

    person_id: int
    verdict: PanelVerdict | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """What the votes on one nomination say: how many for each verdict, how many stood aside, and
    the verdict with more than half of the votes, None where there is none.
    """

    counts: dict[PanelVerdict, int]
    aside: int
    quorum: int

    @property
    def votes(self) -> int:
        """Give how many voted; who stood aside did not."""
        return sum(self.counts.values())

    @property
    def has_quorum(self) -> bool:
        """Say whether enough people voted."""
        return self.votes >= self.quorum

    @property
    def carried(self) -> PanelVerdict | None:
        """Give what the panel decides: the verdict with more than half, once there is a quorum."""
        if not self.has_quorum:
            return None
        verdict, most = max(self.counts.items(), key=lambda pair: pair[1])
        return verdict if 2 * most > self.votes else None


def tally(ballots: Iterable[Ballot], *, quorum: int) -> Tally:
    """Count the ballots on one nomination."""
    given = [ballot.verdict for ballot in ballots]
    counts = Counter(verdict for verdict in given if verdict is not None)
    return Tally({one: counts[one] for one in PanelVerdict}, given.count(None), quorum)


def conflicts(
    person_id: int,
    *,
    nominator_id: int | None,
    sponsor_id: int | None,
    target_owners: frozenset[int],
    account_owner_id: int | None,
) -> tuple[Objection, ...]:
    """Say which conflicts of interest on file keep a person from voting on a nomination."""
    found = []
    if person_id == nominator_id:
        found.append(Objection("own_nomination", _("You nominated this account.")))
    if person_id == sponsor_id:
        found.append(Objection("own_sponsorship", _("You are the sponsor who is proposed.")))
    if person_id in target_owners:
        message = _("You carry this account's revenue target.")
        found.append(Objection("revenue_target", message))
    if person_id == account_owner_id:
        found.append(Objection("account_owner", _("You look after this account.")))
    return tuple(found)


def objections_to_ballot(
    ballot: Ballot, *, against: tuple[Objection, ...]
) -> tuple[Objection, ...]:
    """Say what keeps a ballot from counting: a conflict on file, or no reason where one is owed."""
    if ballot.verdict is not None and against:
        return against
    if ballot.reason.strip() or ballot.verdict is PanelVerdict.ADMIT:
        return ()
    if ballot.verdict is None:
        return (Objection("no_conflict", _("Say what the conflict of interest is."), "reason"),)
    return (Objection("no_reason", _("Say why you vote so."), "reason"),)


def objections_to_panel(seats: int, quorum: int) -> tuple[Objection, ...]:
    """Say why a panel cannot be convened: too few or too many seats for its quorum."""
    if seats > MOST_SEATS:
        message = _("A panel seats %(most)s people at most.", most=str(MOST_SEATS))
        return (Objection("crowd", message, "members"),)
    if not 1 <= quorum <= seats:
        return (
            Objection("quorum", _("The quorum lies between 1 and the number of seats."), "quorum"),
        )
    return ()


def objections_to_outcome(found: Tally, verdict: PanelVerdict) -> tuple[Objection, ...]:
    """Say what keeps a panel's decision from being written down: no quorum, or other votes."""
    if not found.has_quorum:
        message = _(
            "The panel has no quorum on this: %(votes)s of %(quorum)s votes.",
            votes=str(found.votes),
            quorum=str(found.quorum),
        )
        return (Objection("no_quorum", message),)
    if found.carried is not verdict:
        return (Objection("outvoted", _("This is not what the panel voted for."), "verdict"),)
    return ()
