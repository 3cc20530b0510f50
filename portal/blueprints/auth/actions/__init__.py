"""Everything that can be done with people, their teams, and the house they work in."""

from .entering import (
    TRIES_PER_NAME,
    Store,
    make_token,
    may_try,
    note_use,
    purge_tries,
    revoke_token,
)
from .house import add_legal_entity, ensure_organisation, ensure_roles, set_up_organisation
from .people import (
    add_first,
    add_person,
    ask_role,
    decide_role,
    set_absence,
    set_active,
    set_taste,
    succeed,
)
from .teams import (
    add_team,
    add_to_team,
    bring_team_back,
    change_team,
    refuse_retired,
    remove_team,
    retire_team,
    take_from_team,
)

__all__ = [
    "TRIES_PER_NAME",
    "Store",
    "add_first",
    "add_legal_entity",
    "add_person",
    "add_team",
    "add_to_team",
    "ask_role",
    "bring_team_back",
    "change_team",
    "decide_role",
    "ensure_organisation",
    "ensure_roles",
    "make_token",
    "may_try",
    "note_use",
    "purge_tries",
    "refuse_retired",
    "remove_team",
    "retire_team",
    "revoke_token",
    "set_absence",
    "set_active",
    "set_taste",
    "set_up_organisation",
    "succeed",
    "take_from_team",
]
