"""The demo company, built only through actions with a moved clock."""
