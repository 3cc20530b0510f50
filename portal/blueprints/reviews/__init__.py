"""The quarterly review: its pack, its meeting, its book."""
