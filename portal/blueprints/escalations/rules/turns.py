"""Which turns of a case those hear of who watch it, and in what words."""

ENDS = frozenset({"closed", "reopened", "voided", "merged"})
TURNS = ENDS | {
    "accepted",
    "executive_named",
    "handed_over",
    "level_moved",
    "received",
    "severity_lowered",
    "severity_raised",
    "stabilising",
    "told_customer",
}
"""The verbs of the events that are turns; `ENDS` are those of which its declarer hears anyway."""
