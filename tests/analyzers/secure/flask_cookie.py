# mypy: ignore-errors
# ruff: noqa
"""A theme in a cookie."""

import secrets

from flask import Flask, make_response, render_template, request

app = Flask(__name__)
THEMES = {"light", "dark"}


@app.route("/theme/<name>")
def theme(name):
    chosen = name if name in THEMES else "light"
    response = make_response(render_template("theme.html", theme=chosen))
    response.set_cookie("theme", chosen, secure=True, httponly=True, samesite="Lax")
    return response


@app.route("/start")
def start():
    response = make_response("ok")
    token = secrets.token_urlsafe(32)
    response.set_cookie(
        "session_token", token, max_age=3600, secure=True, httponly=True, samesite="Strict"
    )
    return response


@app.route("/logout")
def logout():
    response = make_response("bye")
    if "session_token" in request.cookies:
        response.delete_cookie("session_token")
    return response
