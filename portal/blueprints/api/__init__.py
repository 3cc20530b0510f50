"""Index and OpenAPI document; end points live in each room's api.py."""
