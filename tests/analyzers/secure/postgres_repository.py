# mypy: ignore-errors
# ruff: noqa
"""Orders in PostgreSQL, with a list of columns that may be sorted by."""

import os
from contextlib import contextmanager

import psycopg2

SORTABLE = {"created": "created_at", "total": "total_cents"}


@contextmanager
def connection():
    conn = psycopg2.connect(os.environ["DATABASE_URL"])
    try:
        yield conn
        conn.commit()
    except Exception:
        conn.rollback()
        raise
    finally:
        conn.close()


def orders_of(customer_id, sort="created"):
    column = SORTABLE.get(sort, "created_at")
    with connection() as conn, conn.cursor() as cursor:
        cursor.execute(
            "SELECT id, total_cents FROM orders WHERE customer_id = %s ORDER BY " + column,
            (customer_id,),
        )
        return cursor.fetchall()


def by_ids(ids):
    with connection() as conn, conn.cursor() as cursor:
        cursor.execute("SELECT id FROM orders WHERE id = ANY(%s)", (list(ids),))
        return [row[0] for row in cursor]
