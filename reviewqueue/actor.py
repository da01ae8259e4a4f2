"""Who acts: whoever is signed in, or nobody."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser, User

Reviewer = User | AnonymousUser
