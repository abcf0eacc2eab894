# mypy: ignore-errors
# ruff: noqa
"""Talks to a service that has a certificate of our own authority."""

import socket
import ssl


def open_connection(host, port, authority=None):
    context = ssl.create_default_context(cafile=authority)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    raw = socket.create_connection((host, port), timeout=10)
    return context.wrap_socket(raw, server_hostname=host)


def ask(host, request):
    with open_connection(host, 443, authority="/etc/ssl/certs/our-ca.pem") as connection:
        connection.sendall(request)
        answer = b""
        while chunk := connection.recv(4096):
            answer += chunk
    return answer


class Server:
    def __init__(self, certificate, key):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
