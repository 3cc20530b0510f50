"""The ways in which the business says no."""


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """A business "no", with a message ready for the person (already translated) and the field it
    concerns.
    """

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotFound(Exception):  # noqa: N818
    """The record does not exist, or not for this viewer: the two are never told apart."""


class Stale(Exception):  # noqa: N818
    """Somebody else changed the record since this form was opened: what stands in its fields now,
    and, where a form was sent, what the person reads above each of them.
    """

    def __init__(self, message: str, *, current: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.current = current or {}
        self.labels: dict[str, str] = {}
