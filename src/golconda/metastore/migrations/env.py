"""What Alembic runs: the connection is the caller's, and so is its transaction."""

from alembic import context

from golconda.metastore.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite's too: the transaction began before Alembic came
    compare_type=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
