# mypy: ignore-errors
# ruff: noqa
"""Whether a host answers."""

import argparse
import ipaddress
import subprocess
import sys


def ping(address):
    ipaddress.ip_address(address)
    result = subprocess.run(
        ["ping", "-c", "1", "-W", "2", address],
        capture_output=True,
        text=True,
        timeout=5,
        check=False,
    )
    return result.returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    args = parser.parse_args()
    try:
        alive = ping(args.address)
    except ValueError:
        print(f"{args.address} is no address", file=sys.stderr)
        return 2
    except subprocess.TimeoutExpired:
        alive = False
    print("alive" if alive else "dead")
    return 0 if alive else 1


if __name__ == "__main__":
    sys.exit(main())
