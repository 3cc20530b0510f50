"""Narrowing a statement to some accounts by one parameter, however many they are."""

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from portal.core.db import db


def among(column: Any, ids: Sequence[int]) -> list[Any]:
    """Give the condition that an account is one of some; none where no account is named. A list of
    parameters for each would be written and read anew in every part of a statement.
    """
    if not ids:
        return []
    if db.session.get_bind().dialect.name == "postgresql":
        return [column == sa.any_(sa.literal(list(ids), ARRAY(sa.Integer)))]
    each = sa.func.json_each(json.dumps(list(ids))).table_valued("value")
    return [column.in_(sa.select(each.c.value))]
