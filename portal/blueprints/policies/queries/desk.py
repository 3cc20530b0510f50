"""Everything the page of a draft shows: its form, what is wrong, what it changes, what it means."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portal.blueprints.auth import queries as auth
from portal.core.access import Actor, Role

from .. import rules
from ..models import DraftState, Policy, PolicyDraft, PolicyKind
from .drafts import company, lists, may_sign
from .firing import count_fired, seen_of
from .reading import get, published


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A draft with all that follows from what it says today."""

    draft: PolicyDraft
    title: str
    root: rules.Group
    document: rules.Document | None
    current: Policy
    changes: tuple[rules.Change, ...]
    pages: tuple[rules.Page, ...]
    fired: Mapping[str, int]
    names: Mapping[int, str]
    is_author: bool
    may_sign: bool
    still_to_sign: tuple[Role, ...]
    examples: tuple[dict[str, Any], ...]

    @property
    def writing(self) -> bool:
        """Say whether the author still writes."""
        return self.draft.state is DraftState.WRITING

    @property
    def outdated(self) -> bool:
        """Say whether the version it was begun on is no longer in force."""
        is_open = self.draft.state in (DraftState.WRITING, DraftState.SUBMITTED)
        return is_open and self.draft.base_number != self.current.number

    @property
    def all_pages(self) -> list[rules.Page]:
        """Give every page of the form, those of parts among them."""
        return [one for page in self.pages for one in (page, *page.parts)]

    @property
    def idle(self) -> int:
        """Count the rules that took no case in the last 12 months, the last one aside."""
        names = list(self.fired)[:-1]
        return sum(1 for name in names if not self.fired[name])

    @property
    def rehearsed(self) -> bool:
        """Say whether it is known what it would have meant for the last 12 months."""
        return self.draft.load_digest == rules.digest(self.draft.body)

    @staticmethod
    def day_of(text: str) -> date:
        """Give a day as a rehearsal kept it."""
        return date.fromisoformat(text)

    @property
    def progress(self) -> dict[str, int] | None:
        """Give how far working that out is, while it is under way: steps done, of how many."""
        found = self.draft.load or {}
        known = "total" in found and found["digest"] == rules.digest(self.draft.body)
        return {"done": found["done"], "total": found["total"]} if known else None

    @property
    def nights(self) -> dict[str, datetime]:
        """Give the teams whose roster leaves hours uncovered, each with since when, where its
        clocks run at night.
        """
        found = (self.draft.load or {}).get("nights", {})
        return {team: datetime.fromisoformat(since) for team, since in found.items()}

    @property
    def is_rehearsed_kind(self) -> bool:
        """Say whether changes of this policy are rehearsed at all."""
        return rules.rehearsed(self.draft.kind)


def desk(draft: PolicyDraft, viewer: Actor, *, now: datetime) -> Desk:
    """Read what the page of a draft shows, in a constant number of statements."""
    kind, shape = draft.kind, rules.SHAPES[draft.kind]
    current, base = published(kind), get(kind, draft.base_number)
    against = base if draft.state in (DraftState.PUBLISHED, DraftState.REFUSED) else current
    document, problems = rules.read_draft(shape, draft.body)
    fired = _fired(document, viewer, now=now)
    found = rules.findings(document, company()) if document else []
    was = rules.parse(kind, against.body)
    root = rules.tree(shape, draft.body, lists=lists())
    people = (draft.author_id, draft.signer_id, draft.decider_id)
    return Desk(
        draft=draft,
        title=was.title,
        root=root,
        document=document,
        current=current,
        changes=tuple(rules.changes(was, document)) if document else (),
        pages=tuple(
            rules.pages(
                root,
                body=draft.body,
                base=rules.dump(was),
                problems=problems,
                findings=found,
            )
        ),
        fired=fired or {},
        names=auth.names(people),
        is_author=viewer.id is not None and viewer.id == draft.author_id,
        may_sign=may_sign(draft, viewer),
        still_to_sign=tuple(r for r in rules.signatures(kind) if r.value != draft.signer_role),
        examples=_examples(draft, viewer, now=now),
    )


def _fired(
    document: rules.Document | None, viewer: Actor, *, now: datetime
) -> dict[str, int] | None:
    """Count what the rules of a routing policy took; nothing for other policies."""
    if not isinstance(document, rules.RoutingPolicy):
        return None
    return count_fired(viewer, [rule.name for rule in document.rules], now=now)


def _examples(draft: PolicyDraft, viewer: Actor, *, now: datetime) -> tuple[dict[str, Any], ...]:
    """Give the cases that would have gone another way, as far as the viewer may see them."""
    given = (draft.load or {}).get("examples", ())
    seen = seen_of(viewer, [one["record"] for one in given], now=now) if given else set()
    return tuple(one for one in given if one["record"] in seen)


def kinds_of(viewer: Actor) -> frozenset[PolicyKind]:
    """Give the policies somebody proposes changes of."""
    return frozenset(kind for kind in PolicyKind if rules.may_propose(viewer.roles, kind))
