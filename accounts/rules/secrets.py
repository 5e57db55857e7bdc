"""Secrets that are shown once and kept as hashes. They carry over 190 random bits, so a plain hash suffices."""

import hashlib
import secrets
import string

ALPHABET = string.ascii_letters + string.digits
TOKEN_PREFIX = "lh_"  # noqa: S105  # lets leak scanners recognise a token
SHOWN = 11  # characters of a token that stay visible


def new_token() -> str:
    return TOKEN_PREFIX + new_secret()


def new_secret() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(40))


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
