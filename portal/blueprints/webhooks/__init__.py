"""Telling other systems what happened, by signed calls."""
