"""People, roles, sign-in, API tokens, the organisation."""
