"""One request for a technical status at set times, for all cases that wait for it."""
