"""How one hears, for programs: what was told and why, the choice, and what is muted."""

from datetime import time
from typing import Any

from flask import Response

from portal.core import clock
from portal.core.access import K, Permission
from portal.core.api import answer, call, once, read_body, read_query, shapes
from portal.core.web import require, viewer

from .. import actions, queries, remote, rules
from ..models import Way
from ..schemas import ChoiceOut, NewChoice, NewsAsked, NewsList, NewsOut, Ways
from .blueprint import bp


@bp.get("/")
@require(Permission.HOME)
@shapes(asks=NewsAsked, gives=NewsList)
def index() -> Response:
    """List one's own notices, newest first, each with why one got it."""
    return call(_index)


def _index() -> Response:
    asked = read_query(NewsAsked)
    found = queries.page(
        viewer(),
        now=clock.now(),
        cursor=asked.after or None,
        unread=asked.unread,
        record=asked.record,
        limit=asked.limit,
    )
    return answer(NewsList(items=[_notice(row) for row in found.rows], after=found.after))


def _notice(row: Any) -> NewsOut:
    return NewsOut(
        id=row.id,
        text=remote.subject_of(
            row.template, context=row.context, klass=K(row.klass), record=row.record_ref
        ),
        record=row.record_ref,
        kind=rules.kind_of(row.template).value,
        channel=row.channel.value,
        reason=rules.reason(row.why, record=row.record_ref),
        rule=rules.rule_word(row.template, context=row.context),
        at=row.created_at,
        read_at=row.read_at,
    )


@bp.get("/preferences")
@require(Permission.NOTICES_CHOOSE)
@shapes(gives=ChoiceOut)
def preferences() -> Response:
    """Say how one hears."""
    return call(_preferences)


def _preferences() -> Response:
    choice = queries.choice_of(viewer().id or 0)
    ways = {kind.value: Way(choice.ways.get(kind.value, Way.MAIL)) for kind in rules.CHOSEN}
    return answer(
        ChoiceOut(
            ways=Ways(**ways),
            always=sorted(kind.value for kind in rules.FIXED),
            digest_at=_wall(choice.digest_at) or "",
            quiet_from=_wall(choice.quiet_from),
            quiet_until=_wall(choice.quiet_until),
            number=choice.number,
            muted=sorted(choice.muted),
        )
    )


def _wall(minute: int | None) -> str | None:
    return None if minute is None else f"{rules.at_minute(minute):%H:%M}"


@bp.put("/preferences")
@require(Permission.NOTICES_CHOOSE)
@shapes(takes=NewChoice, gives=ChoiceOut)
def choose() -> Response:
    """Choose how one hears."""
    return once(_choose)


def _choose() -> Response:
    given = read_body(NewChoice)
    actions.choose(
        ways={kind: Way(way).value for kind, way in given.ways.model_dump().items()},
        digest_at=_minute(given.digest_at) or 0,
        quiet_from=_minute(given.quiet_from),
        quiet_until=_minute(given.quiet_until),
        number=given.number,
        by=viewer(),
        now=clock.now(),
    )
    return _preferences()


def _minute(wall: str | None) -> int | None:
    return None if wall is None else rules.minute_of(time.fromisoformat(wall))


@bp.put("/muted/<record>")
@require(Permission.NOTICES_CHOOSE)
@shapes(gives=ChoiceOut)
def mute(record: str) -> Response:
    """Get no more mail about a record, but of what always comes."""

    def work() -> Response:
        actions.mute(record, by=viewer(), now=clock.now())
        return _preferences()

    return once(work)


@bp.delete("/muted/<record>")
@require(Permission.NOTICES_CHOOSE)
@shapes(gives=ChoiceOut)
def unmute(record: str) -> Response:
    """Get mail about a record again."""

    def work() -> Response:
        actions.unmute(record, by=viewer(), now=clock.now())
        return _preferences()

    return once(work)
