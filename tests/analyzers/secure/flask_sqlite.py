# mypy: ignore-errors
# ruff: noqa
"""A search over notes, with parameters."""

import sqlite3

from flask import Flask, g, render_template, request

DATABASE = "notes.db"
app = Flask(__name__)


def get_db():
    if "db" not in g:
        g.db = sqlite3.connect(DATABASE)
        g.db.row_factory = sqlite3.Row
    return g.db


@app.teardown_appcontext
def close_db(error):
    db = g.pop("db", None)
    if db is not None:
        db.close()


@app.route("/search")
def search():
    term = request.args.get("q", "")
    rows = (
        get_db()
        .execute(
            "SELECT id, title FROM notes WHERE title LIKE ? ORDER BY title LIMIT 20",
            (f"%{term}%",),
        )
        .fetchall()
    )
    return render_template("search.html", rows=rows, term=term)


@app.route("/notes/<int:note_id>")
def note(note_id):
    row = get_db().execute("SELECT * FROM notes WHERE id = ?", (note_id,)).fetchone()
    if row is None:
        return render_template("missing.html"), 404
    return render_template("note.html", note=row)
