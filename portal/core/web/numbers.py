"""Numbers in addresses."""

from typing import Any

from werkzeug import routing

MOST = 2**31 - 1
"""The greatest number of a row: PostgreSQL refuses to look for a greater one."""


class IntegerConverter(routing.IntegerConverter):
    """A number of a row; an address with one that no row can have leads nowhere, on any
    database.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max": MOST} | kwargs)
