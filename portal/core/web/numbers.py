"""Numbers in addresses."""

from werkzeug import routing


class IntegerConverter(routing.IntegerConverter):
    """A number of a row: at most nine digits, as PostgreSQL refuses to look for one that no row can
    have. An address with a longer one leads nowhere, on any database.
    """

    regex = r"\d{1,9}"
    part_isolating = True
