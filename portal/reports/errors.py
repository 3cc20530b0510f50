"""The ways in which a report is not made."""


class ReportError(Exception):
    """A report could not be made; the message is for the log, in English."""


class BadSnapshot(ReportError):  # noqa: N818 - says what happened
    """The text is not a snapshot of the kind that was asked for."""


class TooLarge(ReportError):  # noqa: N818 - says what happened
    """The snapshot has more characters or rows than a report may have."""


class TimedOut(ReportError):  # noqa: N818 - says what happened
    """The typesetting took longer than its limit, in wall time or in processor time, and was
    ended.
    """


class Crashed(ReportError):  # noqa: N818 - says what happened
    """The typesetting process ended without a report (memory limit, signal or defect)."""
