"""The schema's history, run by Alembic; `REVISION` is where this program stands."""

REVISION = "0002"
