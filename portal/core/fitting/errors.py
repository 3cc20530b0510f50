"""The ways in which no model comes of a table."""


class NotFitted(Exception):  # noqa: N818 - an answer about data
    """No model can be fitted; `why` is a key of `words.WORDS`, `details` its values by name."""

    def __init__(self, why: str, **details: str) -> None:
        super().__init__(why)
        self.why = why
        self.details = details
