"""Typed columns and models, the same on SQLite and PostgreSQL."""

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, registry

from portal.core import clock
from portal.core.money import Money, from_minor
from portal.core.personal import IMPERSONAL, Personal, personal

RATE_SCALE = 8


class UTCDateTime(sa.TypeDecorator[datetime]):
    """An instant in UTC; refuses times that do not know their zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """Give what it holds: cursors of lists are checked against it."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Bind an aware time as UTC."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without its zone cannot be stored")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Read an instant back, aware, in UTC."""
        return value and (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))


class Rate(sa.TypeDecorator[Decimal]):
    """An exact rate or percentage, stored as an integer count of 10⁻⁸."""

    impl = sa.BigInteger
    cache_ok = True

    @property
    def python_type(self) -> type[Decimal]:
        """Give what it holds."""
        return Decimal

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Bind a rate; a finer one than 10⁻⁸ is a mistake of the caller."""
        if value is None:
            return None
        scaled = Decimal(value).scaleb(RATE_SCALE)
        if scaled != scaled.to_integral_value():
            raise ValueError(f"the rate {value} is finer than 1e-{RATE_SCALE}")
        return int(scaled)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """Read a rate back as a Decimal."""
        return None if value is None else Decimal(value).scaleb(-RATE_SCALE)


class Base(DeclarativeBase):
    """The base of every table."""

    registry = registry(
        metadata=sa.MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            datetime: UTCDateTime,
            date: sa.Date,
            Decimal: Rate,
            dict[str, Any]: sa.JSON().with_variant(JSONB(), "postgresql"),
            list[Any]: sa.JSON().with_variant(JSONB(), "postgresql"),
        },
    )
    metadata = registry.metadata


class Row(Base):
    """A record people work on: its number, its version for optimistic locking, and when it was made
    and changed.
    """

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now)

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        """Let every record's version be SQLAlchemy's optimistic lock."""
        return (
            {"version_id_col": cls.__table__.c.version}
            if "__table__" in cls.__dict__
            else {"version_id_col": cls.version}
        )


def _owner(enum: type[StrEnum]) -> str:
    """Give the room of an enum, or core: constraints are named by it."""
    parts = enum.__module__.split(".")
    return parts[2] if parts[1] == "blueprints" else parts[1]


def choice(enum: type[StrEnum], *, check: str = "", **kwargs: Any) -> Mapped[Any]:
    """Make a column that holds one value of `enum`, checked by the database; `check` tells two such
    columns apart.
    """
    kind = sa.Enum(
        enum,
        native_enum=False,
        length=40,
        create_constraint=True,
        name=f"{_owner(enum)}_{enum.__name__}{check}".lower(),
        values_callable=lambda e: [member.value for member in e],
    )
    return mapped_column(kind, info=IMPERSONAL, **kwargs)


def words(length: int | None = None, *, holds: Personal | None, **kwargs: Any) -> Mapped[Any]:
    """Make a column of words and declare whose personal data it may hold (None: nobody's)."""
    kind = sa.String(length) if length else sa.Text()
    return mapped_column(kind, info=personal(holds) if holds else IMPERSONAL, **kwargs)


def document(*, holds: Personal | None, **kwargs: Any) -> Mapped[Any]:
    """Make a column of JSON and declare whose personal data it may hold (None: nobody's)."""
    return mapped_column(info=personal(holds) if holds else IMPERSONAL, **kwargs)


def money_of(row: object, name: str, currency: str = "currency") -> Money | None:
    """Give the amount in the columns `<name>_minor` and `currency` of a row, None where it is
    unknown.
    """
    count = getattr(row, f"{name}_minor")
    return None if count is None else from_minor(count, getattr(row, currency))
