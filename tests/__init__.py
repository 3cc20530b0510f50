"""Tests; they mirror the rooms of portal/."""
