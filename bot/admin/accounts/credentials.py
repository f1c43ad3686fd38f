"""Passwords by argon2id, one-time codes by pyotp, and the QR code that carries a secret to a phone."""

import asyncio
import hmac
from datetime import datetime

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.admin.accounts.password_strength import strength_of
from bot.core.accounts.passwords import form_problem, own_words, strength_problem
from bot.core.accounts.sessions import CODE_SECONDS, step_of

MEMORY_KIB = 19 * 1024

TIME_COST = 2

PARALLELISM = 1
"""The three are OWASP's minimum for argon2id (`docs/limits.md`, Others)."""

MAX_HASHES_AT_ONCE = 2

CODE_DIGITS = 6

DRIFT_STEPS = (0, -1, 1)
"""A phone's clock may be one step off."""

ISSUER = "SiNetral"


class Argon2Passwords:
    """The real `PasswordHasher`."""

    def __init__(self, memory_kib: int = MEMORY_KIB) -> None:
        """Take the memory of one hash; tests take less."""
        self._hasher = PasswordHasher(time_cost=TIME_COST, memory_cost=memory_kib, parallelism=PARALLELISM)
        self._turns = asyncio.Semaphore(MAX_HASHES_AT_ONCE)
        self._of_nobody: str | None = None
        self._judging = asyncio.Semaphore(1)

    async def problem(self, password: str, user_name: str, *about: str) -> str | None:
        """Say in Indonesian why a new password may not be used, None when it may."""
        problem = form_problem(password, user_name)
        if problem is not None:
            return problem
        async with self._judging:
            return strength_problem(await asyncio.to_thread(strength_of, password, own_words(user_name, *about)))

    async def hash(self, password: str) -> str:
        """Return what may be stored."""
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def is_right(self, password: str, stored: str | None) -> bool:
        """Say whether it is the password; nobody's password takes as long and is never right."""
        if self._of_nobody is None:
            # Whoever comes first, so that the first unknown name takes no longer than the next.
            self._of_nobody = await self.hash(pyotp.random_base32())
        async with self._turns:
            return await asyncio.to_thread(self._fits, password, stored or self._of_nobody or "") and stored is not None

    def _fits(self, password: str, stored: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False


class PyotpCodes:
    """The real `TotpService`."""

    def new_secret(self) -> str:
        """Make 160 random bits in base 32."""
        return pyotp.random_base32()

    def step(self, secret: str, code: str, now: datetime) -> int | None:
        """Return the time step that a code is right for."""
        typed = "".join(code.split())
        if len(typed) != CODE_DIGITS or not (typed.isascii() and typed.isdecimal()):
            return None
        present = step_of(now)
        totp = pyotp.TOTP(secret, digits=CODE_DIGITS, interval=CODE_SECONDS)
        fitting = [
            present + drift
            for drift in DRIFT_STEPS
            if hmac.compare_digest(totp.at((present + drift) * CODE_SECONDS), typed)
        ]
        return fitting[0] if fitting else None

    def address(self, secret: str, user_name: str) -> str:
        """Return the address that authenticator apps read."""
        return pyotp.TOTP(secret).provisioning_uri(name=user_name, issuer_name=ISSUER)
