"""Addresses: which numbers they hold, and how one is built."""

import re
from collections.abc import Callable
from typing import Any

from werkzeug import routing


class IntegerConverter(routing.IntegerConverter):
    """A number of a row: at most nine digits, as PostgreSQL refuses to look for one that no row can
    have. An address with a longer one leads nowhere, on any database.
    """

    regex = r"\d{1,9}"
    part_isolating = True


class BesidesConverter(routing.BaseConverter):
    """Any text but those that stand beside it: `<besides(models, rates):reference>`. So a method
    that only `reference` takes is answered 405 there.
    """

    part_isolating = True

    def __init__(self, rules: routing.Map, *names: str) -> None:
        super().__init__(rules)
        self.regex = rf"(?!(?:{'|'.join(map(re.escape, names))})$)[^/]+"


class Rule(routing.Rule):
    """A route whose two builders of addresses are compiled when the first address is built: for
    the 700 routes at once it takes half a second at the start of every command.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., Any]:
        name = "_build_unknown" if append_unknown else "_build"
        compiled = super()._compile_builder

        def build(rule: routing.Rule, **values: Any) -> Any:
            made = compiled(append_unknown).__get__(rule)
            setattr(rule, name, made)
            return made(**values)

        return build
