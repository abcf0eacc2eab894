# mypy: ignore-errors
# ruff: noqa
"""Makes passwords."""

import argparse
import getpass
import secrets
import string


def generate_password(length=20):
    alphabet = string.ascii_letters + string.digits + string.punctuation
    while True:
        password = "".join(secrets.choice(alphabet) for _ in range(length))
        if any(c.islower() for c in password) and any(c.isdigit() for c in password):
            return password


def ask():
    first = getpass.getpass("Password: ")
    again = getpass.getpass("Again: ")
    if first != again:
        raise SystemExit("The passwords do not match.")
    return first


def main():
    parser = argparse.ArgumentParser(description="Generate a random password")
    parser.add_argument("--length", type=int, default=20, help="length of the password")
    parser.add_argument("--token", action="store_true", help="a token for URLs instead")
    args = parser.parse_args()
    print(secrets.token_urlsafe(args.length) if args.token else generate_password(args.length))


if __name__ == "__main__":
    main()
