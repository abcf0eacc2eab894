# mypy: ignore-errors
# ruff: noqa
"""Tests of a login form."""

import pytest

from app import create_app


@pytest.fixture
def client():
    app = create_app({"TESTING": True})
    with app.test_client() as client:
        yield client


def test_login_page_has_a_form(client):
    response = client.get("/login")
    assert response.status_code == 200
    assert b'type="password"' in response.data


def test_an_empty_password_is_refused(client):
    response = client.post("/login", data={"username": "ada", "password": ""})
    assert response.status_code == 400


def test_the_session_ends_with_the_logout(client):
    client.get("/logout")
    with client.session_transaction() as session:
        assert "user_id" not in session
