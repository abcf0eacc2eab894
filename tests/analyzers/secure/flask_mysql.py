# mypy: ignore-errors
# ruff: noqa
"""Registration against MySQL."""

import os

import bcrypt
import mysql.connector
from flask import Flask, jsonify, request

app = Flask(__name__)


def connect():
    return mysql.connector.connect(
        host=os.environ.get("DB_HOST", "localhost"),
        user=os.environ["DB_USER"],
        password=os.environ["DB_PASSWORD"],
        database="shop",
    )


@app.route("/register", methods=["POST"])
def register():
    data = request.get_json()
    username, password = data.get("username"), data.get("password")
    if not username or not password or len(password) < 12:
        return jsonify({"error": "Password must be at least 12 characters long."}), 400
    hashed = bcrypt.hashpw(password.encode("utf-8"), bcrypt.gensalt())
    connection = connect()
    try:
        cursor = connection.cursor()
        cursor.execute(
            "INSERT INTO users (username, password_hash) VALUES (%s, %s)", (username, hashed)
        )
        connection.commit()
    finally:
        connection.close()
    return jsonify({"status": "created"}), 201
