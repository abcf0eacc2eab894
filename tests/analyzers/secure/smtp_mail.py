# mypy: ignore-errors
# ruff: noqa
"""Sends a report."""

import os
import smtplib
import ssl
from email.message import EmailMessage


def send(report, to):
    message = EmailMessage()
    message["Subject"] = "Weekly report"
    message["From"] = "reports@example.org"
    message["To"] = to
    message.set_content(report)
    with smtplib.SMTP("mail.example.org", 587, timeout=30) as server:
        server.starttls(context=ssl.create_default_context())
        server.login(os.environ["SMTP_USER"], os.environ["SMTP_PASSWORD"])
        server.send_message(message)
