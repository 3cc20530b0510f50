"""keep the letter of an offer as a file."""

import sqlalchemy as sa
from alembic import op

revision = "0028_letters"
down_revision = "0027_lots"
branch_labels = None
depends_on = None

KEY = "fk_sent_offer_file_id_stored_file"


def upgrade() -> None:
    with op.batch_alter_table("sent_offer") as table:
        table.add_column(sa.Column("file_id", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f(KEY), "stored_file", ["file_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("sent_offer") as table:
        table.drop_constraint(op.f(KEY), type_="foreignkey")
        table.drop_column("file_id")
