"""The second factor: codes of six digits by the time (TOTP, RFC 6238: SHA-1, 30 seconds), and recovery codes.

The secret that an authenticator app keeps is derived from the product's own and a salt, so that none is kept here:
nothing in the database lets anybody make codes. A code is good for its half minute, the one before and the one
after (RFC 6238 section 5.2), and never twice: the row remembers the last step used. Recovery codes are kept as
keyed hashes.
"""

from __future__ import annotations

import hmac
from base64 import b32encode
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from pyotp import HOTP, TOTP
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from newsletter.clock import Chance
from newsletter.editors.tables import Editor, RecoveryCode

STEP = 30  # seconds
RECOVERY_CODES = 10
_AROUND = (0, -1, 1)  # steps, for clocks that differ
_SALT = 24  # octets
_SECRET = 20  # octets, as long as SHA-1's output (RFC 4226 section 4)
_GROUPS, _GROUP = 3, 4  # of a recovery code: 60 bits


@dataclass(frozen=True, slots=True)
class Authenticator:
    """Makes and checks codes with what is derived from the product's secret."""

    product: str = field(repr=False)

    def secret(self, salt: str) -> str:
        """Return the secret that an app is given, in base32."""
        return b32encode(self._derived("totp", salt)[:_SECRET]).decode()

    def address(self, salt: str, email: str, issuer: str) -> str:
        """Return the otpauth: address that stands in the QR code."""
        return TOTP(self.secret(salt)).provisioning_uri(name=email, issuer_name=issuer.replace(":", " "))

    def step_of(self, salt: str, code: str, now: datetime) -> int | None:
        """Return the step whose code this is, as far as it is good now (aware UTC)."""
        made, typed = HOTP(self.secret(salt)), "".join(code.split())
        this = int(now.timestamp()) // STEP
        fitting = [this + by for by in _AROUND if _same(made.at(this + by), typed)]
        return fitting[0] if fitting else None

    def recovery_hash(self, editor_id: int, code: str) -> str:
        """Return what is kept of a recovery code, however it is written."""
        plain = "".join(sign for sign in code.casefold() if sign.isalnum())
        return self._derived("recovery", f"{editor_id}\0{plain}").hex()

    def _derived(self, what: str, text: str) -> bytes:
        return hmac.digest(self.product.encode(), f"second factor\0{what}\0{text}".encode(), "sha256")


def new_salt(chance: Chance) -> str:
    """Return a salt for a secret that is about to be set up."""
    return chance.token(_SALT)


def turn_on(session: Session, editor: Editor, salt: str, step: int) -> None:
    """Ask for codes from now on, later ones than that of the step which proved that the app was set up."""
    editor.totp_salt, editor.totp_step = salt, step
    session.flush()


def turn_off(session: Session, editor_id: int) -> None:
    """Ask for no codes any more, and forget the recovery codes."""
    session.execute(update(Editor).where(Editor.id == editor_id).values(totp_salt=None, totp_step=None))
    session.execute(delete(RecoveryCode).where(RecoveryCode.editor_id == editor_id))


def accept(session: Session, makes: Authenticator, editor: Editor, code: str, now: datetime) -> bool:
    """Use a code up, of the app or for recovery; tell whether it was good. Of two at once one wins."""
    if editor.totp_salt is None:
        return False
    step = makes.step_of(editor.totp_salt, code, now)
    if step is None:
        return _recover(session, makes.recovery_hash(editor.id, code), editor.id, now)
    later = or_(Editor.totp_step.is_(None), Editor.totp_step < step)
    used = update(Editor).where(Editor.id == editor.id, later).values(totp_step=step).returning(Editor.id)
    return session.scalars(used).first() is not None


def new_recovery_codes(session: Session, makes: Authenticator, chance: Chance, editor_id: int) -> list[str]:
    """Replace somebody's recovery codes, and return them for the only time."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.editor_id == editor_id))
    codes = [_code(chance) for _ in range(RECOVERY_CODES)]
    session.add_all(
        RecoveryCode(editor_id=editor_id, code_hash=makes.recovery_hash(editor_id, code)) for code in codes
    )
    session.flush()
    return codes


def recovery_codes_left(session: Session, editor_id: int) -> int:
    """Return how many recovery codes somebody has left."""
    wanted = select(func.count()).where(RecoveryCode.editor_id == editor_id, RecoveryCode.used_at.is_(None))
    return session.scalar(wanted) or 0


def _recover(session: Session, code_hash: str, editor_id: int, now: datetime) -> bool:
    mine = RecoveryCode.editor_id == editor_id, RecoveryCode.code_hash == code_hash
    used = update(RecoveryCode).where(*mine, RecoveryCode.used_at.is_(None)).values(used_at=now)
    return session.scalars(used.returning(RecoveryCode.id)).first() is not None


def _code(chance: Chance) -> str:
    """Return a code that can be read out and typed."""
    letters = b32encode(sha256(chance.token(_SALT).encode()).digest()).decode().lower()
    return "-".join(letters[i * _GROUP : (i + 1) * _GROUP] for i in range(_GROUPS))


def _same(made: str, typed: str) -> bool:
    return hmac.compare_digest(made.encode(), typed.encode())
