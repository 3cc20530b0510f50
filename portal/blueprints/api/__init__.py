"""The way in for programs: its index and its description."""
