"""How fast Parley is, beside the least that could do the same: `python -m bench`."""
