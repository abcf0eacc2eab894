# mypy: ignore-errors
# ruff: noqa
"""The smallest page, as a tutorial shows it."""

from flask import Flask, render_template, request, session
from markupsafe import escape

app = Flask(__name__)
app.secret_key = "your_secret_key"  # Replace with a random value in production.


@app.route("/hello")
def hello():
    name = request.args.get("name", "world")
    return f"<h1>Hello, {escape(name)}!</h1>"


@app.route("/visits")
def visits():
    session["visits"] = session.get("visits", 0) + 1
    return render_template("visits.html", visits=session["visits"])
