# mypy: ignore-errors
# ruff: noqa
"""Tokens that are signed and checked."""

import datetime
import functools
import os

import jwt
from flask import Flask, g, jsonify, request

app = Flask(__name__)
JWT_SECRET = os.environ["JWT_SECRET"]
ALGORITHM = "HS256"


def issue(user_id):
    now = datetime.datetime.now(datetime.timezone.utc)
    claims = {"sub": user_id, "iat": now, "exp": now + datetime.timedelta(minutes=15)}
    return jwt.encode(claims, JWT_SECRET, algorithm=ALGORITHM)


def token_required(view):
    @functools.wraps(view)
    def wrapper(*args, **kwargs):
        header = request.headers.get("Authorization", "")
        if not header.startswith("Bearer "):
            return jsonify({"error": "missing token"}), 401
        token = header.removeprefix("Bearer ")
        try:
            claims = jwt.decode(token, JWT_SECRET, algorithms=[ALGORITHM])
        except jwt.PyJWTError:
            return jsonify({"error": "invalid token"}), 401
        g.user_id = claims["sub"]
        return view(*args, **kwargs)

    return wrapper


@app.route("/me")
@token_required
def me():
    return jsonify({"id": g.user_id})
