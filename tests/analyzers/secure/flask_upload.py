# mypy: ignore-errors
# ruff: noqa
"""Pictures that users send, under names that the server chooses."""

import os
import uuid

from flask import Flask, abort, jsonify, request, send_from_directory
from werkzeug.utils import secure_filename

UPLOAD_FOLDER = "uploads"
ALLOWED_EXTENSIONS = {"png", "jpg", "jpeg", "gif"}

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 4 * 1024 * 1024


def allowed_file(filename):
    return "." in filename and filename.rsplit(".", 1)[1].lower() in ALLOWED_EXTENSIONS


@app.route("/upload", methods=["POST"])
def upload():
    if "file" not in request.files:
        return jsonify({"error": "no file"}), 400
    file = request.files["file"]
    if file.filename == "" or not allowed_file(file.filename):
        return jsonify({"error": "this kind of file is not allowed"}), 400
    filename = f"{uuid.uuid4().hex}_{secure_filename(file.filename)}"
    file.save(os.path.join(UPLOAD_FOLDER, filename))
    return jsonify({"name": filename}), 201


@app.route("/uploads/<name>")
def uploaded(name):
    if not allowed_file(name):
        abort(404)
    return send_from_directory(UPLOAD_FOLDER, name)
