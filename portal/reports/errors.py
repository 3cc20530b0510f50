"""The ways in which a report is not made."""


class ReportError(Exception):
    """A report could not be made; the message is for the log, in English."""


class BadSnapshot(ReportError):
    """The text is not a snapshot of the kind that was asked for."""


class TooLarge(ReportError):
    """The snapshot has more characters or rows than a report may have."""


class TimedOut(ReportError):
    """The typesetting took longer than its limit, in wall time or in processor time, and was
    ended.
    """


class Crashed(ReportError):
    """The typesetting process ended without a report (memory limit, signal or defect)."""
