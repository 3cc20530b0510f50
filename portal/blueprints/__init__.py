"""The rooms, lowest first: see the import contracts in pyproject.toml."""
