"""lay the ground floor."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

__all__ = ["downgrade", "op", "postgresql", "sa", "upgrade"]


def upgrade() -> None:
    op.create_table(
        "budget",
        sa.Column("region", sa.String(length=60), nullable=False),
        sa.Column("quarter", sa.String(length=10), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("drawn_minor", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget")),
        sa.UniqueConstraint("region", "quarter", name=op.f("uq_budget_region_quarter")),
    )
    op.create_table(
        "counter",
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("register", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "year", name=op.f("pk_counter")),
    )
    op.create_table(
        "event",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("actor_kind", sa.String(length=16), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=80), nullable=False),
        sa.Column("behalf_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("record_ref", sa.String(length=24), nullable=True),
        sa.Column("klass", sa.Integer(), nullable=False),
        sa.Column("data", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column(
            "digests", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("prev", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_event")),
        sa.UniqueConstraint("uid", name=op.f("uq_event_uid")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index("ix_event_account", ["account_id", "seq"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_actor_id"), ["actor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_name"), ["name"], unique=False)
        batch_op.create_index("ix_event_record", ["record_ref", "seq"], unique=False)

    op.create_table(
        "event_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_head")),
    )
    op.create_table(
        "event_value",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_uid", sa.String(length=32), nullable=False),
        sa.Column("field", sa.String(length=60), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("redacted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("redacted_because", sa.String(length=400), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_value")),
    )
    with op.batch_alter_table("event_value", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_value_event_uid"), ["event_uid"], unique=False)

    op.create_table(
        "job_done",
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_job_done")),
    )
    with op.batch_alter_table("job_done", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_job_done_done_at"), ["done_at"], unique=False)

    op.create_table(
        "job_failure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column(
            "payload", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("error", sa.String(length=200), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_failure")),
    )
    with op.batch_alter_table("job_failure", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_job_failure_key"), ["key"], unique=False)

    op.create_table(
        "job_worker",
        sa.Column("executor_id", sa.String(length=80), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("executor_id", name=op.f("pk_job_worker")),
    )
    op.create_table(
        "legal_entity",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_entity")),
        sa.UniqueConstraint("name", name=op.f("uq_legal_entity_name")),
    )
    op.create_table(
        "once",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("location", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_once")),
    )
    op.create_table(
        "programme",
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("metrics", sa.Text(), nullable=False),
        sa.Column("duties", sa.Text(), nullable=False),
        sa.Column("training", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme")),
    )
    op.create_table(
        "role",
        sa.Column(
            "update_datetime",
            sa.DateTime(timezone=True),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=True),
        sa.Column("permissions", sa.UnicodeText(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
        sa.UniqueConstraint("name", name=op.f("uq_role_name")),
    )
    op.create_table(
        "session",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("user_key", sa.String(length=64), nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_user_key"), ["user_key"], unique=False)

    op.create_table(
        "sign_in_try",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("window", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "window", name=op.f("pk_sign_in_try")),
    )
    op.create_table(
        "user",
        sa.Column(
            "update_datetime",
            sa.DateTime(timezone=True),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("calendar", sa.String(length=8), nullable=False),
        sa.Column(
            "grade",
            sa.Enum(
                "staff",
                "manager",
                "director",
                "vp",
                "cxo",
                name="auth_grade",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("theme", sa.String(length=8), nullable=False),
        sa.Column("manager_id", sa.Integer(), nullable=True),
        sa.Column("substitute_id", sa.Integer(), nullable=True),
        sa.Column("absent_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("absent_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("username", sa.String(length=255), nullable=True),
        sa.Column("password", sa.String(length=255), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("current_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_login_ip", sa.String(length=64), nullable=True),
        sa.Column("current_login_ip", sa.String(length=64), nullable=True),
        sa.Column("login_count", sa.Integer(), nullable=True),
        sa.Column("tf_primary_method", sa.String(length=64), nullable=True),
        sa.Column("tf_totp_secret", sa.String(length=255), nullable=True),
        sa.Column("tf_phone_number", sa.String(length=128), nullable=True),
        sa.Column("us_totp_secrets", sa.Text(), nullable=True),
        sa.Column("us_phone_number", sa.String(length=128), nullable=True),
        sa.Column("fs_webauthn_user_handle", sa.String(length=64), nullable=True),
        sa.Column("mf_recovery_codes", sa.UnicodeText(), nullable=True),
        sa.Column(
            "create_datetime",
            sa.DateTime(timezone=True),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["manager_id"], ["user.id"], name=op.f("fk_user_manager_id_user")),
        sa.ForeignKeyConstraint(
            ["substitute_id"], ["user.id"], name=op.f("fk_user_substitute_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("email", name=op.f("uq_user_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_user_fs_uniquifier")),
        sa.UniqueConstraint(
            "fs_webauthn_user_handle", name=op.f("uq_user_fs_webauthn_user_handle")
        ),
        sa.UniqueConstraint("us_phone_number", name=op.f("uq_user_us_phone_number")),
        sa.UniqueConstraint("username", name=op.f("uq_user_username")),
    )
    op.create_table(
        "account",
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", sa.String(length=200), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("natural_person", sa.Boolean(), nullable=False),
        sa.Column("segment", sa.String(length=60), nullable=False),
        sa.Column("industry", sa.String(length=80), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("region", sa.String(length=60), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column(
            "lifecycle",
            sa.Enum(
                "prospect",
                "onboarding",
                "active",
                "renewal",
                "notice_given",
                "lost",
                name="accounts_lifecycle",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("account_executive_id", sa.Integer(), nullable=True),
        sa.Column("customer_since", sa.Date(), nullable=True),
        sa.Column("contract_start", sa.Date(), nullable=True),
        sa.Column("renewal_on", sa.Date(), nullable=True),
        sa.Column("notice_days", sa.Integer(), nullable=True),
        sa.Column("arr_minor", sa.BigInteger(), nullable=True),
        sa.Column("arr_sort", sa.BigInteger(), nullable=False),
        sa.Column("gross_margin", sa.BigInteger(), nullable=True),
        sa.Column("governing_law", sa.String(length=40), nullable=False),
        sa.Column("liability_cap_minor", sa.BigInteger(), nullable=True),
        sa.Column("sole_remedy", sa.Text(), nullable=False),
        sa.Column("reference_customer", sa.Boolean(), nullable=False),
        sa.Column("logo", sa.Boolean(), nullable=False),
        sa.Column("regulator_exposed", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=False),
        sa.Column("success_plan_on", sa.Date(), nullable=True),
        sa.Column("risk_score", sa.Integer(), nullable=True),
        sa.Column(
            "risk_band",
            sa.Enum(
                "green",
                "amber",
                "red",
                name="accounts_band",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "value_tier",
            sa.Enum(
                "A",
                "B",
                "C",
                "D",
                name="accounts_tier",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("open_cases", sa.Integer(), nullable=False),
        sa.Column("worst_severity", sa.String(length=4), nullable=True),
        sa.Column("legal_hold", sa.Boolean(), nullable=False),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "arr_minor is null or arr_minor >= 0", name=op.f("ck_account_arr_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["account_executive_id"], ["user.id"], name=op.f("fk_account_account_executive_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["merged_into_id"], ["account.id"], name=op.f("fk_account_merged_into_id_account")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_account_owner_id_user")),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["account.id"], name=op.f("fk_account_parent_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("reference", name=op.f("uq_account_reference")),
    )
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.create_index("ix_account_arr", ["arr_sort", "id"], unique=False)
        batch_op.create_index("ix_account_external", ["source", "external_id"], unique=True)
        batch_op.create_index(batch_op.f("ix_account_import_id"), ["import_id"], unique=False)
        batch_op.create_index("ix_account_name", ["name_key", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_account_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_account_parent_id"), ["parent_id"], unique=False)
        batch_op.create_index("ix_account_renewal", ["renewal_on", "id"], unique=False)

    op.create_table(
        "api_token",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column(
            "scopes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["user.id"], name=op.f("fk_api_token_person_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("hash", name=op.f("uq_api_token_hash")),
    )
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_token_person_id"), ["person_id"], unique=False)

    op.create_table(
        "exchange_rate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("target", sa.String(length=3), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("published_by_id", sa.Integer(), nullable=True),
        sa.Column("second_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["published_by_id"], ["user.id"], name=op.f("fk_exchange_rate_published_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["second_by_id"], ["user.id"], name=op.f("fk_exchange_rate_second_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_rate")),
        sa.UniqueConstraint(
            "currency", "target", "day", name=op.f("uq_exchange_rate_currency_target_day")
        ),
    )
    op.create_table(
        "fs_refresh",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("refresh_family", sa.String(length=64), nullable=False),
        sa.Column("gen", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "create_datetime",
            sa.DateTime(timezone=True),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_fs_refresh_user_id_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fs_refresh")),
        sa.UniqueConstraint("refresh_family", name=op.f("uq_fs_refresh_refresh_family")),
    )
    op.create_table(
        "policy",
        sa.Column(
            "kind",
            sa.Enum(
                "severity",
                "routing",
                "triggers",
                "value",
                "risk",
                "compensation",
                "sponsorship",
                "postmortem",
                "regulator_clocks",
                name="policies_policykind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "published",
                "withdrawn",
                name="policies_policystate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("body", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("publisher_id", sa.Integer(), nullable=True),
        sa.Column("second_publisher_id", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["user.id"], name=op.f("fk_policy_author_id_user")),
        sa.ForeignKeyConstraint(
            ["publisher_id"], ["user.id"], name=op.f("fk_policy_publisher_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["second_publisher_id"], ["user.id"], name=op.f("fk_policy_second_publisher_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy")),
        sa.UniqueConstraint("kind", "number", name=op.f("uq_policy_kind_number")),
    )
    op.create_table(
        "role_grant",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("gives", sa.Boolean(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["user.id"], name=op.f("fk_role_grant_asked_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user.id"], name=op.f("fk_role_grant_decided_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["user.id"], name=op.f("fk_role_grant_person_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
    )
    with op.batch_alter_table("role_grant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_role_grant_person_id"), ["person_id"], unique=False)

    op.create_table(
        "roles_users",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_roles_users_role_id_role")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_roles_users_user_id_user")),
        sa.PrimaryKeyConstraint("user_id", "role_id", name=op.f("pk_roles_users")),
    )
    op.create_table(
        "sponsor",
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "languages", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column(
            "expertise", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "industries", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "conflicts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("hours_month", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("recovery_places", sa.Integer(), nullable=False),
        sa.Column("trained_on", sa.Date(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "capacity between 0 and 5", name=op.f("ck_sponsor_capacity_at_most_five")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["user.id"], name=op.f("fk_sponsor_person_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sponsor")),
        sa.UniqueConstraint("person_id", name=op.f("uq_sponsor_person_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_sponsor_reference")),
    )
    op.create_table(
        "team",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("lead_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["user.id"], name=op.f("fk_team_lead_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("name", name=op.f("uq_team_name")),
    )
    op.create_table(
        "webauthn",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(length=1024), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=True),
        sa.Column("transports", sa.UnicodeText(), nullable=True),
        sa.Column("backup_state", sa.Boolean(), nullable=False),
        sa.Column("device_type", sa.String(length=64), nullable=False),
        sa.Column("extensions", sa.String(length=255), nullable=True),
        sa.Column(
            "create_datetime",
            sa.DateTime(timezone=True),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.Column("lastuse_datetime", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("usage", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_webauthn_user_id_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webauthn")),
    )
    with op.batch_alter_table("webauthn", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_webauthn_credential_id"), ["credential_id"], unique=True
        )

    op.create_table(
        "contact",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "economic_buyer",
                "champion",
                "executive_counterpart",
                "legal",
                "user",
                name="accounts_contactrole",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("influence", sa.Integer(), nullable=False),
        sa.Column(
            "sentiment",
            sa.Enum(
                "with_us",
                "neutral",
                "wavering",
                "against_us",
                name="accounts_sentiment",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_contact_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.create_index("ix_contact_account", ["account_id", "id"], unique=False)

    op.create_table(
        "contract",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("product", sa.String(length=120), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("notice_days", sa.Integer(), nullable=True),
        sa.Column("may_leave_from", sa.Date(), nullable=True),
        sa.Column("arr_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("legal_entity_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "arr_minor is null or arr_minor >= 0", name=op.f("ck_contract_arr_not_negative")
        ),
        sa.CheckConstraint(
            "ends_on is null or ends_on >= starts_on", name=op.f("ck_contract_ends_after_start")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_contract_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["legal_entity_id"],
            ["legal_entity.id"],
            name=op.f("fk_contract_legal_entity_id_legal_entity"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract")),
    )
    with op.batch_alter_table("contract", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contract_account_id"), ["account_id"], unique=False)

    op.create_table(
        "decision",
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("record_ref", sa.String(length=24), nullable=False),
        sa.Column("klass", sa.Integer(), nullable=False),
        sa.Column(
            "policy_kind",
            sa.Enum(
                "severity",
                "routing",
                "triggers",
                "value",
                "risk",
                "compensation",
                "sponsorship",
                "postmortem",
                "regulator_clocks",
                name="policies_policykind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("policy_number", sa.Integer(), nullable=False),
        sa.Column(
            "facts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "recommendation",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "chosen", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_decision_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["user.id"], name=op.f("fk_decision_person_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decision_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_decision_kind"), ["kind"], unique=False)
        batch_op.create_index("ix_decision_record", ["record_ref", "id"], unique=False)

    op.create_table(
        "duty",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["user.id"], name=op.f("fk_duty_person_id_user")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_duty_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty")),
    )
    with op.batch_alter_table("duty", schema=None) as batch_op:
        batch_op.create_index("ix_duty_team", ["team_id", "starts_at"], unique=False)

    op.create_table(
        "escalation",
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("register_year", sa.Integer(), nullable=False),
        sa.Column("register_number", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "requested",
                "declared",
                "accepted",
                "stabilising",
                "awaiting_customer",
                "closed",
                "declined",
                "merged",
                "void",
                name="escalations_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "trigger",
            sa.Enum(
                "cancellation_threat",
                "legal_threat",
                "regulator_complaint",
                "public_exposure",
                "executive_complaint",
                "security_or_privacy",
                "sla_breach",
                "customer_deadline",
                "inactivity",
                "recurrence",
                "opportunity",
                "other_extraordinary",
                name="escalations_trigger",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "severity",
            sa.Enum(
                "E1",
                "E2",
                "E3",
                "E4",
                name="escalations_severity",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "level",
            sa.Enum(
                "L0",
                "L1",
                "L2",
                "L3",
                "X",
                name="escalations_level",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "functional",
                "hierarchical",
                name="escalations_escalationkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "problem",
            sa.Enum(
                "billing",
                "outage",
                "data_loss",
                "undelivered_or_defective",
                "feature_gap",
                "service_conduct",
                "employee_conduct",
                "price",
                "other",
                name="escalations_problem",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "channel",
            sa.Enum(
                "phone",
                "email",
                "meeting",
                "letter",
                "ticket",
                "social",
                "form",
                "api",
                name="escalations_channel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("customer_words", sa.Text(), nullable=False),
        sa.Column("words_language", sa.String(length=5), nullable=False),
        sa.Column("words_by", sa.String(length=160), nullable=False),
        sa.Column("demand", sa.String(length=400), nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("impact", sa.Text(), nullable=False),
        sa.Column("stake_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("declared_by_id", sa.Integer(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("executive_owner_id", sa.Integer(), nullable=True),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("tags", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column(
            "trend",
            sa.Enum(
                "improving",
                "same",
                "declining",
                name="escalations_trend",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("executive", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_contact_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "next_due_kind",
            sa.Enum(
                "acknowledge",
                "owner_named",
                "silence",
                "reply_owed",
                "executive_brief",
                "close",
                name="escalations_clockkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "resolution",
            sa.Enum(
                "fix",
                "workaround",
                "concession",
                "no_fault",
                "lost",
                name="escalations_resolution",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("resolution_text", sa.Text(), nullable=False),
        sa.Column("agreed_by", sa.String(length=160), nullable=False),
        sa.Column("not_agreed_because", sa.String(length=400), nullable=False),
        sa.Column("fix_owner_id", sa.Integer(), nullable=True),
        sa.Column("fix_due_on", sa.Date(), nullable=True),
        sa.Column("waiting_for", sa.String(length=400), nullable=False),
        sa.Column("transfers", sa.Integer(), nullable=False),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("legal_mode", sa.Boolean(), nullable=False),
        sa.Column("legal_hold", sa.Boolean(), nullable=False),
        sa.Column("long_track", sa.Boolean(), nullable=False),
        sa.Column("automatic_stopped", sa.Boolean(), nullable=False),
        sa.Column("cooling_from", sa.String(length=4), nullable=True),
        sa.Column("cooling_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.Column("previous_id", sa.Integer(), nullable=True),
        sa.Column("policy_number", sa.Integer(), nullable=False),
        sa.Column("ask", sa.String(length=400), nullable=False),
        sa.Column("ask_of_id", sa.Integer(), nullable=True),
        sa.Column("ask_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "ask_options", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("ask_if_nothing", sa.String(length=400), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_escalation_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["ask_of_id"], ["user.id"], name=op.f("fk_escalation_ask_of_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["declared_by_id"], ["user.id"], name=op.f("fk_escalation_declared_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["executive_owner_id"], ["user.id"], name=op.f("fk_escalation_executive_owner_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["fix_owner_id"], ["user.id"], name=op.f("fk_escalation_fix_owner_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["merged_into_id"],
            ["escalation.id"],
            name=op.f("fk_escalation_merged_into_id_escalation"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["user.id"], name=op.f("fk_escalation_owner_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["previous_id"], ["escalation.id"], name=op.f("fk_escalation_previous_id_escalation")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_escalation_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation")),
        sa.UniqueConstraint("reference", name=op.f("uq_escalation_reference")),
        sa.UniqueConstraint(
            "register_year",
            "register_number",
            name=op.f("uq_escalation_register_year_register_number"),
        ),
    )
    with op.batch_alter_table("escalation", schema=None) as batch_op:
        batch_op.create_index(
            "ix_escalation_count",
            ["state", "restricted", "account_id", "reference", "declared_by_id"],
            unique=False,
        )
        batch_op.create_index("ix_escalation_account", ["account_id", "opened_at"], unique=False)
        batch_op.create_index("ix_escalation_due", ["state", "next_due_at", "id"], unique=False)
        batch_op.create_index("ix_escalation_opened", ["opened_at", "id"], unique=False)
        batch_op.create_index("ix_escalation_owner", ["owner_id", "state"], unique=False)
        batch_op.create_index("ix_escalation_severity", ["severity", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_escalation_team_id"), ["team_id"], unique=False)

    op.create_table(
        "health_signal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_health_signal_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_signal")),
    )
    with op.batch_alter_table("health_signal", schema=None) as batch_op:
        batch_op.create_index(
            "ix_signal_account", ["account_id", "kind", "observed_at"], unique=False
        )

    op.create_table(
        "postmortem",
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("register_year", sa.Integer(), nullable=False),
        sa.Column("register_number", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "due",
                "draft",
                "in_review",
                "approved",
                "published",
                "with_counsel",
                "waived",
                name="postmortems_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "reasons", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("policy_number", sa.Integer(), nullable=False),
        sa.Column("became_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("draft_due_on", sa.Date(), nullable=False),
        sa.Column("meeting_due_on", sa.Date(), nullable=False),
        sa.Column("approval_due_on", sa.Date(), nullable=False),
        sa.Column("facilitator_id", sa.Integer(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("what_happened", sa.Text(), nullable=False),
        sa.Column("what_customer_heard", sa.Text(), nullable=False),
        sa.Column("what_promised", sa.Text(), nullable=False),
        sa.Column("what_decided", sa.Text(), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("counsel_choice", sa.String(length=20), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waived_because", sa.String(length=400), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_postmortem_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["user.id"], name=op.f("fk_postmortem_approved_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["facilitator_id"], ["user.id"], name=op.f("fk_postmortem_facilitator_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_postmortem")),
        sa.UniqueConstraint("reference", name=op.f("uq_postmortem_reference")),
        sa.UniqueConstraint(
            "register_year",
            "register_number",
            name=op.f("uq_postmortem_register_year_register_number"),
        ),
    )
    with op.batch_alter_table("postmortem", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_postmortem_account_id"), ["account_id"], unique=False)
        batch_op.create_index("ix_postmortem_state", ["state", "draft_due_on"], unique=False)

    op.create_table(
        "promise",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("case_ref", sa.String(length=24), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "action",
                "information",
                "meeting",
                "money",
                "price",
                "term",
                "scope",
                "roadmap",
                name="accounts_promisekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("what", sa.String(length=400), nullable=False),
        sa.Column("to_whom", sa.String(length=160), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("authority_id", sa.Integer(), nullable=True),
        sa.Column("concession_ref", sa.String(length=24), nullable=True),
        sa.Column("without_authority", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "kept",
                "broken",
                "renegotiated",
                name="accounts_promisestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_promise_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["user.id"], name=op.f("fk_promise_authority_id_user")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_promise_by_id_user")),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["promise.id"], name=op.f("fk_promise_replaces_id_promise")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise")),
    )
    with op.batch_alter_table("promise", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_promise_account_id"), ["account_id"], unique=False)
        batch_op.create_index("ix_promise_case", ["case_ref", "due_at"], unique=False)
        batch_op.create_index("ix_promise_due", ["state", "due_at"], unique=False)

    op.create_table(
        "relation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(length=40), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("record_ref", sa.String(length=24), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "owner",
                "team",
                "sponsor",
                "named",
                "author",
                name="core_relationkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(case when person_id is null then 0 else 1 end) + (case when team_id is null then 0 else 1 end) + (case when role is null then 0 else 1 end) = 1",
            name=op.f("ck_relation_one_subject"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_relation_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["user.id"], name=op.f("fk_relation_person_id_user"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["team.id"], name=op.f("fk_relation_team_id_team"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relation")),
    )
    with op.batch_alter_table("relation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_relation_account_id"), ["account_id"], unique=False)
        batch_op.create_index("ix_relation_person", ["person_id", "account_id"], unique=False)
        batch_op.create_index("ix_relation_record", ["record_ref"], unique=False)
        batch_op.create_index("ix_relation_role", ["role", "account_id"], unique=False)
        batch_op.create_index("ix_relation_team", ["team_id", "account_id"], unique=False)

    op.create_table(
        "restriction",
        sa.Column("record_ref", sa.String(length=24), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_restriction_account_id_account")
        ),
        sa.PrimaryKeyConstraint("record_ref", name=op.f("pk_restriction")),
    )
    with op.batch_alter_table("restriction", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_restriction_account_id"), ["account_id"], unique=False)

    op.create_table(
        "stored_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("klass", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("record_ref", sa.String(length=24), nullable=True),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_stored_file_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
    )
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stored_file_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stored_file_digest"), ["digest"], unique=False)
        batch_op.create_index(batch_op.f("ix_stored_file_record_ref"), ["record_ref"], unique=False)

    op.create_table(
        "target_owner",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_target_owner_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["user.id"], name=op.f("fk_target_owner_person_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_owner")),
    )
    with op.batch_alter_table("target_owner", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_target_owner_account_id"), ["account_id"], unique=False
        )

    op.create_table(
        "team_member",
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["user.id"], name=op.f("fk_team_member_person_id_user")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_member_team_id_team")),
        sa.PrimaryKeyConstraint("team_id", "person_id", name=op.f("pk_team_member")),
    )
    with op.batch_alter_table("team_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_team_member_person_id"), ["person_id"], unique=False)

    op.create_table(
        "timeline_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("case_ref", sa.String(length=24), nullable=True),
        sa.Column(
            "lane",
            sa.Enum(
                "internal",
                "customer",
                "executive",
                name="accounts_lane",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "note",
                "call",
                "email_in",
                "email_out",
                "meeting",
                "decision",
                "status",
                "promise",
                "system",
                name="accounts_entrykind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("klass", sa.Integer(), nullable=False),
        sa.Column("event_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("author_name", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("corrects_id", sa.Integer(), nullable=True),
        sa.Column("event_uid", sa.String(length=32), nullable=False),
        sa.Column("redacted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_timeline_entry_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user.id"], name=op.f("fk_timeline_entry_author_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["corrects_id"],
            ["timeline_entry.id"],
            name=op.f("fk_timeline_entry_corrects_id_timeline_entry"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timeline_entry")),
    )
    with op.batch_alter_table("timeline_entry", schema=None) as batch_op:
        batch_op.create_index("ix_timeline_account", ["account_id", "event_at", "id"], unique=False)
        batch_op.create_index("ix_timeline_case", ["case_ref", "event_at", "id"], unique=False)

    op.create_table(
        "affected_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("escalation_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("message_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_affected_account_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["escalation_id"],
            ["escalation.id"],
            name=op.f("fk_affected_account_escalation_id_escalation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_affected_account")),
        sa.UniqueConstraint(
            "escalation_id", "account_id", name=op.f("uq_affected_account_escalation_id_account_id")
        ),
    )
    with op.batch_alter_table("affected_account", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_affected_account_account_id"), ["account_id"], unique=False
        )

    op.create_table(
        "briefing",
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "account",
                "escalation",
                "compensation",
                "sponsor",
                "nomination",
                "postmortem",
                "quarterly_review",
                "portfolio_risk",
                name="briefings_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "rendering",
                "draft",
                "issued",
                "failed",
                "revoked",
                name="briefings_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("subject_ref", sa.String(length=24), nullable=False),
        sa.Column("issue", sa.Integer(), nullable=False),
        sa.Column("audience", sa.String(length=20), nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("locale", sa.String(length=5), nullable=False),
        sa.Column("paper", sa.String(length=8), nullable=False),
        sa.Column("classification", sa.String(length=40), nullable=False),
        sa.Column("klass", sa.Integer(), nullable=False),
        sa.Column(
            "snapshot", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("snapshot_digest", sa.String(length=64), nullable=False),
        sa.Column(
            "problems", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("pdf_digest", sa.String(length=64), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_because", sa.String(length=60), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_because", sa.String(length=400), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_briefing_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user.id"], name=op.f("fk_briefing_author_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_briefing_file_id_stored_file")
        ),
        sa.ForeignKeyConstraint(
            ["reader_id"], ["user.id"], name=op.f("fk_briefing_reader_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_briefing")),
        sa.UniqueConstraint("reference", name=op.f("uq_briefing_reference")),
    )
    with op.batch_alter_table("briefing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_briefing_pdf_digest"), ["pdf_digest"], unique=False)
        batch_op.create_index("ix_briefing_reader", ["reader_id", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_briefing_snapshot_digest"), ["snapshot_digest"], unique=False
        )
        batch_op.create_index("ix_briefing_subject", ["subject_ref", "kind", "id"], unique=False)

    op.create_table(
        "cause",
        sa.Column("postmortem_id", sa.Integer(), nullable=False),
        sa.Column(
            "factor",
            sa.Enum(
                "product_defect",
                "change_or_release",
                "capacity_or_load",
                "third_party",
                "monitoring_gap",
                "process_gap",
                "handover",
                "communication",
                "expectation_or_contract",
                "staffing_or_skill",
                "data_or_billing",
                "security",
                name="postmortems_factor",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("whys", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["postmortem_id"], ["postmortem.id"], name=op.f("fk_cause_postmortem_id_postmortem")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cause")),
    )
    with op.batch_alter_table("cause", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cause_postmortem_id"), ["postmortem_id"], unique=False)

    op.create_table(
        "clock_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("escalation_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column(
            "clock",
            sa.Enum(
                "acknowledge",
                "owner_named",
                "silence",
                "reply_owed",
                "executive_brief",
                "close",
                name="escalations_clockkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "severity",
            sa.Enum(
                "E1",
                "E2",
                "E3",
                "E4",
                name="escalations_severity",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(
            ["escalation_id"],
            ["escalation.id"],
            name=op.f("fk_clock_event_escalation_id_escalation"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["user.id"], name=op.f("fk_clock_event_person_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_event")),
    )
    with op.batch_alter_table("clock_event", schema=None) as batch_op:
        batch_op.create_index("ix_clock_event_case", ["escalation_id", "at", "id"], unique=False)

    op.create_table(
        "concession",
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("escalation_id", sa.Integer(), nullable=True),
        sa.Column("case_ref", sa.String(length=24), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "requested",
                "approved",
                "refused",
                "offered",
                "accepted",
                "declined",
                "delivered",
                "lapsed",
                "withdrawn",
                name="concessions_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("product", sa.String(length=120), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reporting_currency", sa.String(length=3), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=True),
        sa.Column("rate_day", sa.Date(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("apology", sa.Text(), nullable=False),
        sa.Column("fix", sa.Text(), nullable=False),
        sa.Column("value_reason", sa.Text(), nullable=False),
        sa.Column("recommended_minor", sa.BigInteger(), nullable=True),
        sa.Column(
            "recommendation",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
        ),
        sa.Column("threat", sa.Boolean(), nullable=False),
        sa.Column("waiver", sa.Boolean(), nullable=False),
        sa.Column("insurer", sa.String(length=20), nullable=False),
        sa.Column("insurer_by_id", sa.Integer(), nullable=True),
        sa.Column("insurer_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("requested_by_id", sa.Integer(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("policy_number", sa.Integer(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lapses_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome_180", sa.String(length=40), nullable=False),
        sa.Column("retained_90", sa.Boolean(), nullable=True),
        sa.Column("retained_180", sa.Boolean(), nullable=True),
        sa.Column("retained_365", sa.Boolean(), nullable=True),
        sa.Column("not_offered", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_concession_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["escalation_id"],
            ["escalation.id"],
            name=op.f("fk_concession_escalation_id_escalation"),
        ),
        sa.ForeignKeyConstraint(
            ["insurer_by_id"], ["user.id"], name=op.f("fk_concession_insurer_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["user.id"], name=op.f("fk_concession_requested_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concession")),
        sa.UniqueConstraint("reference", name=op.f("uq_concession_reference")),
    )
    with op.batch_alter_table("concession", schema=None) as batch_op:
        batch_op.create_index("ix_concession_account", ["account_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_concession_case_ref"), ["case_ref"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_concession_escalation_id"), ["escalation_id"], unique=False
        )
        batch_op.create_index("ix_concession_state", ["state", "id"], unique=False)

    op.create_table(
        "exit_criterion",
        sa.Column("escalation_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("met_by_id", sa.Integer(), nullable=True),
        sa.Column("customer_agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["escalation_id"],
            ["escalation.id"],
            name=op.f("fk_exit_criterion_escalation_id_escalation"),
        ),
        sa.ForeignKeyConstraint(
            ["met_by_id"], ["user.id"], name=op.f("fk_exit_criterion_met_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exit_criterion")),
    )
    with op.batch_alter_table("exit_criterion", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_exit_criterion_escalation_id"), ["escalation_id"], unique=False
        )

    op.create_table(
        "finding",
        sa.Column("postmortem_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "well",
                "badly",
                "luck",
                name="postmortems_findingkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["postmortem_id"], ["postmortem.id"], name=op.f("fk_finding_postmortem_id_postmortem")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
    )
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_finding_postmortem_id"), ["postmortem_id"], unique=False
        )

    op.create_table(
        "formal_notice",
        sa.Column("escalation_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "termination",
                "mise_en_demeure",
                "diffida_ad_adempiere",
                "messa_in_mora",
                "letter_before_action",
                "switching_request",
                name="escalations_noticekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "channel",
            sa.Enum(
                "certified_mail",
                "registered_post",
                "lawyer",
                "mail",
                name="escalations_noticechannel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("legal_deadline", sa.Date(), nullable=True),
        sa.Column("deadline_set_by_id", sa.Integer(), nullable=True),
        sa.Column("sender", sa.String(length=160), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["deadline_set_by_id"],
            ["user.id"],
            name=op.f("fk_formal_notice_deadline_set_by_id_user"),
        ),
        sa.ForeignKeyConstraint(
            ["escalation_id"],
            ["escalation.id"],
            name=op.f("fk_formal_notice_escalation_id_escalation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_formal_notice")),
    )
    with op.batch_alter_table("formal_notice", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_formal_notice_escalation_id"), ["escalation_id"], unique=False
        )

    op.create_table(
        "hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("escalation_id", sa.Integer(), nullable=False),
        sa.Column("room", sa.String(length=40), nullable=False),
        sa.Column("record_ref", sa.String(length=24), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["escalation_id"], ["escalation.id"], name=op.f("fk_hold_escalation_id_escalation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
    )
    with op.batch_alter_table("hold", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hold_escalation_id"), ["escalation_id"], unique=False)

    op.create_table(
        "import_run",
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column(
            "mapping",
            sa.Enum(
                "salesforce",
                "telco",
                name="accounts_importmapping",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "basis",
            sa.Enum(
                "booked",
                "invoiced",
                "recognised",
                "collected",
                name="accounts_basis",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "checking",
                "checked",
                "writing",
                "done",
                "refused",
                "taken_back",
                name="accounts_importstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("why_refused", sa.String(length=400), nullable=False),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("rows_bad", sa.Integer(), nullable=False),
        sa.Column("rows_new", sa.Integer(), nullable=False),
        sa.Column("rows_changed", sa.Integer(), nullable=False),
        sa.Column("rows_written", sa.Integer(), nullable=False),
        sa.Column("rows_total", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_import_run_file_id_stored_file")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["user.id"], name=op.f("fk_import_run_person_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    with op.batch_alter_table("import_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_run_digest"), ["digest"], unique=False)

    op.create_table(
        "ladder_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("escalation_id", sa.Integer(), nullable=False),
        sa.Column(
            "clock",
            sa.Enum(
                "acknowledge",
                "owner_named",
                "silence",
                "reply_owed",
                "executive_brief",
                "close",
                name="escalations_clockkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("occurrence", sa.String(length=40), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["escalation_id"],
            ["escalation.id"],
            name=op.f("fk_ladder_notice_escalation_id_escalation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ladder_notice")),
        sa.UniqueConstraint(
            "escalation_id",
            "clock",
            "step",
            "occurrence",
            name=op.f("uq_ladder_notice_escalation_id_clock_step_occurrence"),
        ),
    )
    op.create_table(
        "nomination",
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("case_ref", sa.String(length=24), nullable=True),
        sa.Column(
            "lane",
            sa.Enum(
                "strategic",
                "recovery",
                name="sponsorship_lanekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "sent",
                "admitted",
                "waiting",
                "declined",
                "withdrawn",
                name="sponsorship_nominationstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("outcome", sa.String(length=400), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("customer_executive_id", sa.Integer(), nullable=True),
        sa.Column("proposed_sponsor_id", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("score", sa.BigInteger(), nullable=True),
        sa.Column(
            "criteria", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("policy_number", sa.Integer(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_nomination_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user.id"], name=op.f("fk_nomination_author_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["customer_executive_id"],
            ["contact.id"],
            name=op.f("fk_nomination_customer_executive_id_contact"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user.id"], name=op.f("fk_nomination_decided_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_sponsor_id"],
            ["sponsor.id"],
            name=op.f("fk_nomination_proposed_sponsor_id_sponsor"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nomination")),
        sa.UniqueConstraint("reference", name=op.f("uq_nomination_reference")),
    )
    with op.batch_alter_table("nomination", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_nomination_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_nomination_case_ref"), ["case_ref"], unique=False)
        batch_op.create_index("ix_nomination_state", ["state", "id"], unique=False)

    op.create_table(
        "notification",
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "portal",
                "mail",
                name="notifications_channel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("template", sa.String(length=80), nullable=False),
        sa.Column(
            "context", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("why", sa.String(length=60), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("record_ref", sa.String(length=24), nullable=True),
        sa.Column("klass", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(length=120), nullable=False),
        sa.Column("in_reply_to", sa.String(length=120), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "sent",
                "failed",
                "withdrawn",
                name="notifications_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("send_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=200), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_notification_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_notification_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["user.id"], name=op.f("fk_notification_person_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
        sa.UniqueConstraint("key", name=op.f("uq_notification_key")),
    )
    with op.batch_alter_table("notification", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_notification_account_id"), ["account_id"], unique=False
        )
        batch_op.create_index("ix_notification_due", ["state", "send_at"], unique=False)
        batch_op.create_index("ix_notification_person", ["person_id", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_notification_record_ref"), ["record_ref"], unique=False
        )

    op.create_table(
        "organisation",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("fiscal_month", sa.Integer(), nullable=False),
        sa.Column("quarter_names", sa.String(length=40), nullable=False),
        sa.Column("rounding", sa.String(length=20), nullable=False),
        sa.Column("logo_file_id", sa.Integer(), nullable=True),
        sa.Column(
            "jurisdictions",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "value_offers_off",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "classifications",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
        ),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["logo_file_id"],
            ["stored_file.id"],
            name=op.f("fk_organisation_logo_file_id_stored_file"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )
    op.create_table(
        "participant",
        sa.Column("postmortem_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["user.id"], name=op.f("fk_participant_person_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["postmortem_id"],
            ["postmortem.id"],
            name=op.f("fk_participant_postmortem_id_postmortem"),
        ),
        sa.PrimaryKeyConstraint("postmortem_id", "person_id", name=op.f("pk_participant")),
    )
    op.create_table(
        "postmortem_case",
        sa.Column("postmortem_id", sa.Integer(), nullable=False),
        sa.Column("case_ref", sa.String(length=24), nullable=False),
        sa.ForeignKeyConstraint(
            ["postmortem_id"],
            ["postmortem.id"],
            name=op.f("fk_postmortem_case_postmortem_id_postmortem"),
        ),
        sa.PrimaryKeyConstraint("postmortem_id", "case_ref", name=op.f("pk_postmortem_case")),
    )
    with op.batch_alter_table("postmortem_case", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_postmortem_case_case_ref"), ["case_ref"], unique=False)

    op.create_table(
        "stakeholder",
        sa.Column("escalation_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("needs", sa.String(length=300), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_stakeholder_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["escalation_id"],
            ["escalation.id"],
            name=op.f("fk_stakeholder_escalation_id_escalation"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["user.id"], name=op.f("fk_stakeholder_person_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stakeholder")),
    )
    with op.batch_alter_table("stakeholder", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_stakeholder_escalation_id"), ["escalation_id"], unique=False
        )

    op.create_table(
        "task",
        sa.Column("escalation_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=300), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["escalation_id"], ["escalation.id"], name=op.f("fk_task_escalation_id_escalation")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_task_owner_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_task_escalation_id"), ["escalation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_task_owner_id"), ["owner_id"], unique=False)

    op.create_table(
        "transfer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("escalation_id", sa.Integer(), nullable=False),
        sa.Column("from_id", sa.Integer(), nullable=True),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("from_team_id", sa.Integer(), nullable=True),
        sa.Column("to_team_id", sa.Integer(), nullable=True),
        sa.Column("why", sa.String(length=400), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_transfer_by_id_user")),
        sa.ForeignKeyConstraint(
            ["escalation_id"], ["escalation.id"], name=op.f("fk_transfer_escalation_id_escalation")
        ),
        sa.ForeignKeyConstraint(["from_id"], ["user.id"], name=op.f("fk_transfer_from_id_user")),
        sa.ForeignKeyConstraint(
            ["from_team_id"], ["team.id"], name=op.f("fk_transfer_from_team_id_team")
        ),
        sa.ForeignKeyConstraint(["to_id"], ["user.id"], name=op.f("fk_transfer_to_id_user")),
        sa.ForeignKeyConstraint(
            ["to_team_id"], ["team.id"], name=op.f("fk_transfer_to_team_id_team")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
    )
    with op.batch_alter_table("transfer", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_transfer_escalation_id"), ["escalation_id"], unique=False
        )

    op.create_table(
        "trigger_proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("escalation_id", sa.Integer(), nullable=True),
        sa.Column(
            "proposed",
            sa.Enum(
                "cancellation_threat",
                "legal_threat",
                "regulator_complaint",
                "public_exposure",
                "executive_complaint",
                "security_or_privacy",
                "sla_breach",
                "customer_deadline",
                "inactivity",
                "recurrence",
                "opportunity",
                "other_extraordinary",
                name="escalations_trigger",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "confirmed",
            sa.Enum(
                "cancellation_threat",
                "legal_threat",
                "regulator_complaint",
                "public_exposure",
                "executive_complaint",
                "security_or_privacy",
                "sla_breach",
                "customer_deadline",
                "inactivity",
                "recurrence",
                "opportunity",
                "other_extraordinary",
                name="escalations_trigger_confirmed",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "phrases", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["escalation_id"],
            ["escalation.id"],
            name=op.f("fk_trigger_proposal_escalation_id_escalation"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["user.id"], name=op.f("fk_trigger_proposal_person_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trigger_proposal")),
    )
    with op.batch_alter_table("trigger_proposal", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_trigger_proposal_escalation_id"), ["escalation_id"], unique=False
        )

    op.create_table(
        "action",
        sa.Column("postmortem_id", sa.Integer(), nullable=False),
        sa.Column("cause_id", sa.Integer(), nullable=True),
        sa.Column("what", sa.String(length=300), nullable=False),
        sa.Column("outcome", sa.String(length=300), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column(
            "priority",
            sa.Enum(
                "priority",
                "normal",
                name="postmortems_actionpriority",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "done",
                "verified",
                "dropped",
                name="postmortems_actionstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("verification", sa.String(length=300), nullable=False),
        sa.Column("verified_by_id", sa.Integer(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["cause_id"], ["cause.id"], name=op.f("fk_action_cause_id_cause")),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_action_owner_id_user")),
        sa.ForeignKeyConstraint(
            ["postmortem_id"], ["postmortem.id"], name=op.f("fk_action_postmortem_id_postmortem")
        ),
        sa.ForeignKeyConstraint(
            ["verified_by_id"], ["user.id"], name=op.f("fk_action_verified_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action")),
    )
    with op.batch_alter_table("action", schema=None) as batch_op:
        batch_op.create_index("ix_action_due", ["state", "due_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_action_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_action_postmortem_id"), ["postmortem_id"], unique=False
        )

    op.create_table(
        "approval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("concession_id", sa.Integer(), nullable=False),
        sa.Column("seat", sa.String(length=60), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(
                "approved",
                "refused",
                name="concessions_verdict",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("policy_number", sa.Integer(), nullable=False),
        sa.Column("limit_minor", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["concession_id"], ["concession.id"], name=op.f("fk_approval_concession_id_concession")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["user.id"], name=op.f("fk_approval_person_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
        sa.UniqueConstraint(
            "concession_id", "seat", "digest", name=op.f("uq_approval_concession_id_seat_digest")
        ),
    )
    with op.batch_alter_table("approval", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_approval_concession_id"), ["concession_id"], unique=False
        )

    op.create_table(
        "concession_part",
        sa.Column("concession_id", sa.Integer(), nullable=False),
        sa.Column(
            "ground",
            sa.Enum(
                "owed",
                "direct_loss",
                "effort",
                "goodwill",
                name="concessions_ground",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "form",
            sa.Enum(
                "service_credit",
                "refund",
                "discount",
                "free_months",
                "training",
                "service_hours",
                "roadmap_commitment",
                "apology_only",
                name="concessions_form",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("what", sa.String(length=300), nullable=False),
        sa.Column("face_minor", sa.BigInteger(), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=True),
        sa.Column("documented", sa.Boolean(), nullable=False),
        sa.Column("evidence", sa.String(length=400), nullable=False),
        sa.Column("credit_note", sa.String(length=60), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("cost_minor >= 0", name=op.f("ck_concession_part_cost_not_negative")),
        sa.CheckConstraint("face_minor >= 0", name=op.f("ck_concession_part_face_not_negative")),
        sa.ForeignKeyConstraint(
            ["concession_id"],
            ["concession.id"],
            name=op.f("fk_concession_part_concession_id_concession"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concession_part")),
    )
    with op.batch_alter_table("concession_part", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_concession_part_concession_id"), ["concession_id"], unique=False
        )

    op.create_table(
        "import_issue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("column", sa.String(length=120), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column(
            "detail", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["import_run.id"], name=op.f("fk_import_issue_run_id_import_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_issue")),
    )
    with op.batch_alter_table("import_issue", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_issue_run_id"), ["run_id"], unique=False)

    op.create_table(
        "import_stage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=False),
        sa.Column("row", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["import_run.id"], name=op.f("fk_import_stage_run_id_import_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_stage")),
        sa.UniqueConstraint("run_id", "line", name=op.f("uq_import_stage_run_id_line")),
    )
    op.create_table(
        "reading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("briefing_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("downloads", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["briefing_id"], ["briefing.id"], name=op.f("fk_reading_briefing_id_briefing")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["user.id"], name=op.f("fk_reading_person_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading")),
        sa.UniqueConstraint(
            "briefing_id", "person_id", name=op.f("uq_reading_briefing_id_person_id")
        ),
    )
    with op.batch_alter_table("reading", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reading_person_id"), ["person_id"], unique=False)

    op.create_table(
        "revenue_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("product", sa.String(length=120), nullable=False),
        sa.Column(
            "basis",
            sa.Enum(
                "booked",
                "invoiced",
                "recognised",
                "collected",
                name="accounts_basis",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("legal_entity_id", sa.Integer(), nullable=True),
        sa.Column("corrects_id", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_revenue_line_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["corrects_id"],
            ["revenue_line.id"],
            name=op.f("fk_revenue_line_corrects_id_revenue_line"),
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_run.id"], name=op.f("fk_revenue_line_import_id_import_run")
        ),
        sa.ForeignKeyConstraint(
            ["legal_entity_id"],
            ["legal_entity.id"],
            name=op.f("fk_revenue_line_legal_entity_id_legal_entity"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revenue_line")),
    )
    with op.batch_alter_table("revenue_line", schema=None) as batch_op:
        batch_op.create_index(
            "ix_revenue_account_month", ["account_id", "basis", "month"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_revenue_line_import_id"), ["import_id"], unique=False)

    op.create_table(
        "sponsorship",
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("nomination_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("sponsor_id", sa.Integer(), nullable=False),
        sa.Column(
            "lane",
            sa.Enum(
                "strategic",
                "recovery",
                name="sponsorship_lanekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "active",
                "ended",
                name="sponsorship_sponsorshipstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("outcome", sa.String(length=400), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("extended", sa.Boolean(), nullable=False),
        sa.Column("next_touch_on", sa.Date(), nullable=True),
        sa.Column(
            "exit_reason",
            sa.Enum(
                "outcome_reached",
                "term_over",
                "touchpoints_missed",
                "score_low",
                "executive_gone",
                "churned",
                "displaced",
                name="sponsorship_exitreason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("exit_note", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_on > starts_on", name=op.f("ck_sponsorship_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_sponsorship_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["nomination_id"],
            ["nomination.id"],
            name=op.f("fk_sponsorship_nomination_id_nomination"),
        ),
        sa.ForeignKeyConstraint(
            ["sponsor_id"], ["sponsor.id"], name=op.f("fk_sponsorship_sponsor_id_sponsor")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sponsorship")),
        sa.UniqueConstraint("nomination_id", name=op.f("uq_sponsorship_nomination_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_sponsorship_reference")),
    )
    with op.batch_alter_table("sponsorship", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sponsorship_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sponsorship_sponsor_id"), ["sponsor_id"], unique=False)

    op.create_table(
        "touchpoint",
        sa.Column("sponsorship_id", sa.Integer(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "held",
                "missed_by_us",
                "missed_by_them",
                name="sponsorship_touchpointstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["sponsorship_id"],
            ["sponsorship.id"],
            name=op.f("fk_touchpoint_sponsorship_id_sponsorship"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_touchpoint")),
    )
    with op.batch_alter_table("touchpoint", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_touchpoint_sponsorship_id"), ["sponsorship_id"], unique=False
        )
    op.execute(
        "insert into event_head (id, seq, digest, signature) values (1, 0, '" + "0" * 64 + "', '')"
    )
    for statement in guards(op.get_bind().dialect.name):
        op.execute(statement)


def guards(dialect: str) -> list[str]:
    """Let the log refuse changes: rows of `event` are only ever added."""
    if dialect == "sqlite":
        return [
            f"create trigger event_no_{verb} before {verb} on event "
            "begin select raise(abort, 'the event log is append-only'); end"
            for verb in ("update", "delete")
        ]
    return [
        "create function event_is_append_only() returns trigger language plpgsql as "
        "$$ begin raise exception 'the event log is append-only'; end $$",
        "create trigger event_no_change before update or delete on event "
        "for each statement execute function event_is_append_only()",
    ]


def downgrade() -> None:
    with op.batch_alter_table("touchpoint", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_touchpoint_sponsorship_id"))

    op.drop_table("touchpoint")
    with op.batch_alter_table("sponsorship", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sponsorship_sponsor_id"))
        batch_op.drop_index(batch_op.f("ix_sponsorship_account_id"))

    op.drop_table("sponsorship")
    with op.batch_alter_table("revenue_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_revenue_line_import_id"))
        batch_op.drop_index("ix_revenue_account_month")

    op.drop_table("revenue_line")
    with op.batch_alter_table("reading", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reading_person_id"))

    op.drop_table("reading")
    op.drop_table("import_stage")
    with op.batch_alter_table("import_issue", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_issue_run_id"))

    op.drop_table("import_issue")
    with op.batch_alter_table("concession_part", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_concession_part_concession_id"))

    op.drop_table("concession_part")
    with op.batch_alter_table("approval", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_approval_concession_id"))

    op.drop_table("approval")
    with op.batch_alter_table("action", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_action_postmortem_id"))
        batch_op.drop_index(batch_op.f("ix_action_owner_id"))
        batch_op.drop_index("ix_action_due")

    op.drop_table("action")
    with op.batch_alter_table("trigger_proposal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_trigger_proposal_escalation_id"))

    op.drop_table("trigger_proposal")
    with op.batch_alter_table("transfer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_transfer_escalation_id"))

    op.drop_table("transfer")
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_task_owner_id"))
        batch_op.drop_index(batch_op.f("ix_task_escalation_id"))

    op.drop_table("task")
    with op.batch_alter_table("stakeholder", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stakeholder_escalation_id"))

    op.drop_table("stakeholder")
    with op.batch_alter_table("postmortem_case", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_postmortem_case_case_ref"))

    op.drop_table("postmortem_case")
    op.drop_table("participant")
    op.drop_table("organisation")
    with op.batch_alter_table("notification", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notification_record_ref"))
        batch_op.drop_index("ix_notification_person")
        batch_op.drop_index("ix_notification_due")
        batch_op.drop_index(batch_op.f("ix_notification_account_id"))

    op.drop_table("notification")
    with op.batch_alter_table("nomination", schema=None) as batch_op:
        batch_op.drop_index("ix_nomination_state")
        batch_op.drop_index(batch_op.f("ix_nomination_case_ref"))
        batch_op.drop_index(batch_op.f("ix_nomination_account_id"))

    op.drop_table("nomination")
    op.drop_table("ladder_notice")
    with op.batch_alter_table("import_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_run_digest"))

    op.drop_table("import_run")
    with op.batch_alter_table("hold", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_hold_escalation_id"))

    op.drop_table("hold")
    with op.batch_alter_table("formal_notice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_formal_notice_escalation_id"))

    op.drop_table("formal_notice")
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_finding_postmortem_id"))

    op.drop_table("finding")
    with op.batch_alter_table("exit_criterion", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_exit_criterion_escalation_id"))

    op.drop_table("exit_criterion")
    with op.batch_alter_table("concession", schema=None) as batch_op:
        batch_op.drop_index("ix_concession_state")
        batch_op.drop_index(batch_op.f("ix_concession_escalation_id"))
        batch_op.drop_index(batch_op.f("ix_concession_case_ref"))
        batch_op.drop_index("ix_concession_account")

    op.drop_table("concession")
    with op.batch_alter_table("clock_event", schema=None) as batch_op:
        batch_op.drop_index("ix_clock_event_case")

    op.drop_table("clock_event")
    with op.batch_alter_table("cause", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cause_postmortem_id"))

    op.drop_table("cause")
    with op.batch_alter_table("briefing", schema=None) as batch_op:
        batch_op.drop_index("ix_briefing_subject")
        batch_op.drop_index(batch_op.f("ix_briefing_snapshot_digest"))
        batch_op.drop_index("ix_briefing_reader")
        batch_op.drop_index(batch_op.f("ix_briefing_pdf_digest"))

    op.drop_table("briefing")
    with op.batch_alter_table("affected_account", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_affected_account_account_id"))

    op.drop_table("affected_account")
    with op.batch_alter_table("timeline_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_timeline_case")
        batch_op.drop_index("ix_timeline_account")

    op.drop_table("timeline_entry")
    with op.batch_alter_table("team_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_team_member_person_id"))

    op.drop_table("team_member")
    with op.batch_alter_table("target_owner", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_target_owner_account_id"))

    op.drop_table("target_owner")
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stored_file_record_ref"))
        batch_op.drop_index(batch_op.f("ix_stored_file_digest"))
        batch_op.drop_index(batch_op.f("ix_stored_file_account_id"))

    op.drop_table("stored_file")
    with op.batch_alter_table("restriction", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_restriction_account_id"))

    op.drop_table("restriction")
    with op.batch_alter_table("relation", schema=None) as batch_op:
        batch_op.drop_index("ix_relation_team")
        batch_op.drop_index("ix_relation_role")
        batch_op.drop_index("ix_relation_record")
        batch_op.drop_index("ix_relation_person")
        batch_op.drop_index(batch_op.f("ix_relation_account_id"))

    op.drop_table("relation")
    with op.batch_alter_table("promise", schema=None) as batch_op:
        batch_op.drop_index("ix_promise_due")
        batch_op.drop_index("ix_promise_case")
        batch_op.drop_index(batch_op.f("ix_promise_account_id"))

    op.drop_table("promise")
    with op.batch_alter_table("postmortem", schema=None) as batch_op:
        batch_op.drop_index("ix_postmortem_state")
        batch_op.drop_index(batch_op.f("ix_postmortem_account_id"))

    op.drop_table("postmortem")
    with op.batch_alter_table("health_signal", schema=None) as batch_op:
        batch_op.drop_index("ix_signal_account")

    op.drop_table("health_signal")
    with op.batch_alter_table("escalation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_escalation_team_id"))
        batch_op.drop_index("ix_escalation_severity")
        batch_op.drop_index("ix_escalation_owner")
        batch_op.drop_index("ix_escalation_opened")
        batch_op.drop_index("ix_escalation_due")
        batch_op.drop_index("ix_escalation_count")
        batch_op.drop_index("ix_escalation_account")

    op.drop_table("escalation")
    with op.batch_alter_table("duty", schema=None) as batch_op:
        batch_op.drop_index("ix_duty_team")

    op.drop_table("duty")
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.drop_index("ix_decision_record")
        batch_op.drop_index(batch_op.f("ix_decision_kind"))
        batch_op.drop_index(batch_op.f("ix_decision_account_id"))

    op.drop_table("decision")
    with op.batch_alter_table("contract", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contract_account_id"))

    op.drop_table("contract")
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.drop_index("ix_contact_account")

    op.drop_table("contact")
    with op.batch_alter_table("webauthn", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_webauthn_credential_id"))

    op.drop_table("webauthn")
    op.drop_table("team")
    op.drop_table("sponsor")
    op.drop_table("roles_users")
    with op.batch_alter_table("role_grant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_role_grant_person_id"))

    op.drop_table("role_grant")
    op.drop_table("policy")
    op.drop_table("fs_refresh")
    op.drop_table("exchange_rate")
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_token_person_id"))

    op.drop_table("api_token")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_index("ix_account_renewal")
        batch_op.drop_index(batch_op.f("ix_account_parent_id"))
        batch_op.drop_index(batch_op.f("ix_account_owner_id"))
        batch_op.drop_index("ix_account_name")
        batch_op.drop_index(batch_op.f("ix_account_import_id"))
        batch_op.drop_index("ix_account_external")
        batch_op.drop_index("ix_account_arr")

    op.drop_table("account")
    op.drop_table("user")
    op.drop_table("sign_in_try")
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_session_user_key"))

    op.drop_table("session")
    op.drop_table("role")
    op.drop_table("programme")
    op.drop_table("once")
    op.drop_table("legal_entity")
    op.drop_table("job_worker")
    with op.batch_alter_table("job_failure", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_job_failure_key"))

    op.drop_table("job_failure")
    with op.batch_alter_table("job_done", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_job_done_done_at"))

    op.drop_table("job_done")
    with op.batch_alter_table("event_value", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_event_value_event_uid"))

    op.drop_table("event_value")
    op.drop_table("event_head")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index("ix_event_record")
        batch_op.drop_index(batch_op.f("ix_event_name"))
        batch_op.drop_index(batch_op.f("ix_event_actor_id"))
        batch_op.drop_index("ix_event_account")

    op.drop_table("event")
    op.drop_table("counter")
    op.drop_table("budget")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("drop function event_is_append_only()")
