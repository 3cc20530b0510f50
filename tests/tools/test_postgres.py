"""The PostgreSQL of the tests: a server when first asked for, a database for each use."""

import psycopg
import pytest

from tests import postgres


def test_address_beside_keeps_the_socket():
    address = "postgresql+psycopg://postgres@/postgres?host=/tmp/pg-1"
    assert postgres.beside(address, database="a") == (
        "postgresql+psycopg://postgres@/a?host=/tmp/pg-1"
    )


@pytest.mark.postgresql
def test_database_is_empty_and_gone_afterwards():
    server = postgres.session_url()
    if server is None:
        pytest.skip("no PostgreSQL server is installed")
    count = "select count(*) from pg_tables where schemaname = 'public'"
    with (
        postgres.database(server) as address,
        psycopg.connect(postgres.plain(address)) as connection,
    ):
        assert connection.execute(count).fetchone() == (0,)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(postgres.plain(address))
