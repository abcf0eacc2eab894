# mypy: ignore-errors
# ruff: noqa
"""Reports that the object mapper cannot write."""

from django.db import connection
from django.utils.html import format_html


def sales_of(customer_id, since):
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT product, SUM(amount)
            FROM sales
            WHERE customer_id = %s AND sold_at >= %s
            GROUP BY product
            """,
            [customer_id, since],
        )
        return cursor.fetchall()


def as_row(product, amount):
    return format_html("<tr><td>{}</td><td>{}</td></tr>", product, amount)
