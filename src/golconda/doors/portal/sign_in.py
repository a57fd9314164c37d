"""Who is signed in: sessions in this process's memory, form tokens, and a brake on guessing.

A session is found by a random id that only the browser's cookie holds. The reader's token rests sealed under
a key made from that id, so that memory alone opens nothing; the node judges the token anew at every request.
A restart signs everybody out.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

IDLE = timedelta(hours=8)
LONGEST = timedelta(hours=24)
MOST_SESSIONS = 10_000

_NONCE = bytes(12)  # one message per key, so a fixed nonce never repeats under it


@dataclass(slots=True)
class _Kept:
    sealed: bytes
    since: datetime
    seen: datetime


class Sessions:
    """Sealed tokens by session; the least recently seen give way when there are too many."""

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()
        self._lock = Lock()

    def begin(self, token: str, *, now: datetime) -> str:
        """Keep a token and return the new session's id, for the cookie alone."""
        identity = secrets.token_urlsafe(32)
        sealed = AESGCM(_key(identity)).encrypt(_NONCE, token.encode(), None)
        with self._lock:
            self._kept[_place(identity)] = _Kept(sealed, now, now)
            while len(self._kept) > MOST_SESSIONS:
                self._kept.popitem(last=False)
        return identity

    def token(self, identity: str, *, now: datetime) -> str | None:
        """Return the token of a session that is still good, else None."""
        place = _place(identity)
        with self._lock:
            kept = self._kept.get(place)
            if kept is None:
                return None
            if now - kept.seen > IDLE or now - kept.since > LONGEST:
                del self._kept[place]
                return None
            kept.seen = now
            self._kept.move_to_end(place)
        return AESGCM(_key(identity)).decrypt(_NONCE, kept.sealed, None).decode()

    def end(self, identity: str) -> None:
        """Forget a session."""
        with self._lock:
            self._kept.pop(_place(identity), None)


def _key(identity: str) -> bytes:
    return hashlib.sha256(b"golconda portal seal\0" + identity.encode()).digest()


def _place(identity: str) -> bytes:
    return hashlib.sha256(b"golconda portal place\0" + identity.encode()).digest()


@dataclass(frozen=True, slots=True)
class FormTokens:
    """Tokens that prove a form came from our page: bound to the cookie, fresh on each page.

    Fresh, because a value that repeats in compressed pages can be guessed from their length (BREACH).
    """

    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def give(self, cookie: str) -> str:
        """Return a token for a form shown to the holder of `cookie`."""
        salt = secrets.token_hex(8)
        return f"{salt}.{self._proof(cookie, salt)}"

    def accepts(self, token: str, cookie: str) -> bool:
        """Tell whether this token was given to the holder of `cookie`."""
        salt, _, proof = token.partition(".")
        return bool(cookie) and hmac.compare_digest(proof.encode(), self._proof(cookie, salt).encode())

    def _proof(self, cookie: str, salt: str) -> str:
        return hmac.new(self.secret, f"{cookie}\0{salt}".encode(), hashlib.sha256).hexdigest()


class Brake:
    """Counts failed sign-ins per address over a window; of too many addresses the oldest are forgotten."""

    def __init__(self, *, most: int = 10, window: timedelta = timedelta(minutes=5), addresses: int = 10_000) -> None:
        self._most, self._window, self._addresses = most, window, addresses
        self._failures: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = Lock()

    def wait(self, address: str, *, now: datetime) -> timedelta | None:
        """Return how long this address must wait, None when it may try."""
        with self._lock:
            failures = self._recent(address, now)
            return failures[0] + self._window - now if len(failures) >= self._most else None

    def failed(self, address: str, *, now: datetime) -> None:
        """Count a failure."""
        with self._lock:
            self._recent(address, now).append(now)
            while len(self._failures) > self._addresses:
                self._failures.popitem(last=False)

    def _recent(self, address: str, now: datetime) -> deque[datetime]:
        failures = self._failures.setdefault(address, deque(maxlen=self._most))
        self._failures.move_to_end(address)
        while failures and now - failures[0] > self._window:
            failures.popleft()
        return failures


def safe_path(text: str | None) -> str:
    """Return a path on this site to go on to, or ``/``: never an address elsewhere.

    >>> safe_path("/agreements?x=1"), safe_path("//evil.example"), safe_path("https://evil.example")
    ('/agreements?x=1', '/', '/')
    """
    if not text or not text.startswith("/") or text[1:2] in ("/", "\\"):
        return "/"
    return text if text.isprintable() and "\\" not in text else "/"
