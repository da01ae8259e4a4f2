"""What of a user the services need: a name and whether the account is active."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

Reviewer = AbstractBaseUser | AnonymousUser
