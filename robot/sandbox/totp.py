"""Time-based one-time passwords (RFC 6238: SHA-1, 30 s steps, 6 digits)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct

STEP_SECONDS = 30


def counter_at(epoch: float) -> int:
    """The number of the 30-second window that holds this moment."""
    return int(epoch // STEP_SECONDS)


def code_for(secret: str, counter: int) -> str:
    """The six digits of one window. `secret` is base32 without padding."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8), casefold=True)
    digest = hmac.new(key, struct.pack(">Q", counter), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


def code_at(secret: str, epoch: float) -> str:
    """The six digits valid at this moment."""
    return code_for(secret, counter_at(epoch))
