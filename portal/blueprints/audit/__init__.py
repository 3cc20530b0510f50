"""Pages to search and verify the event log."""
