# mypy: ignore-errors
# ruff: noqa
"""Looks people up in a directory."""

import os

import ldap
from ldap.filter import escape_filter_chars


def find_person(name):
    connection = ldap.initialize("ldaps://directory.example.org")
    connection.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_DEMAND)
    connection.simple_bind_s(os.environ["LDAP_USER"], os.environ["LDAP_PASSWORD"])
    try:
        query = f"(uid={escape_filter_chars(name)})"
        return connection.search_s("ou=people,dc=example,dc=org", ldap.SCOPE_SUBTREE, query)
    finally:
        connection.unbind_s()
