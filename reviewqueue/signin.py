"""Signing in to the review queue: guessing is slow, for one name and from one address.

Counted in the database, so that it holds for all web servers together. Of a name and an address only
keyed hashes are stored: people type passwords where names belong.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from reviewqueue.models import SignInAttempt
from robot import clock

if TYPE_CHECKING:
    # Unfold carries no types; its form is Django's with other looks.
    from django.contrib.admin.forms import AdminAuthenticationForm as AuthenticationForm
else:
    from unfold.forms import AuthenticationForm

log = structlog.get_logger(__name__)

#: So many attempts fail within this time; then none is looked at until the oldest has passed.
WINDOW = timedelta(minutes=15)
MOST_FOR_A_NAME = 10
#: A whole shift may sit behind one address.
MOST_FROM_AN_ADDRESS = 50


class SignInForm(AuthenticationForm):
    """The admin's form, which stops looking at passwords after too many wrong ones."""

    def clean(self) -> dict[str, Any]:
        """Refuse what comes too often, before the password is looked at."""
        name = _hash("name", str(self.cleaned_data.get("username", "")).lower())
        address = _hash("address", _address(self.request))
        # Stored first: of guesses that come at once, each sees all the others.
        attempt = SignInAttempt.objects.create(name=name, address=address, at=clock.now())
        recent = SignInAttempt.objects.filter(at__gt=clock.now() - WINDOW)
        if (
            recent.filter(name=name).count() > MOST_FOR_A_NAME
            or recent.filter(address=address).count() > MOST_FROM_AN_ADDRESS
        ):
            attempt.delete()
            log.warning("sign-in refused: too many attempts")
            raise ValidationError(
                "Too many failed attempts to sign in. Try again in "
                f"{WINDOW.seconds // 60} minutes; until then not even the right password is taken."
            )
        cleaned: dict[str, Any] = super().clean()
        attempt.delete()
        SignInAttempt.objects.filter(at__lte=clock.now() - WINDOW).delete()
        return cleaned


def _address(request: HttpRequest | None) -> str:
    """Where a request comes from; behind a proxy, what the proxy itself says about that."""
    meta = request.META if request is not None else {}
    forwarded = str(meta.get("HTTP_X_FORWARDED_FOR", "")) if settings.HTTPS else ""
    return forwarded.rpartition(",")[2].strip() or str(meta.get("REMOTE_ADDR", ""))


def _hash(what: str, value: str) -> str:
    return salted_hmac("reviewqueue.signin", f"{what}:{value}", algorithm="sha256").hexdigest()
