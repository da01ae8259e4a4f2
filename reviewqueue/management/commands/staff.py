"""`manage.py staff NAME --group reviewer`: who may sign in to the review queue, and what for.

The only way to change it: the admin shows staff and changes nobody, so that nobody who sits before a
screen can make a reviewer of themselves.
"""

from __future__ import annotations

import getpass
import sys
from typing import Any

from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from reviewqueue.groups import GROUPS


class Command(BaseCommand):
    """Make or change one person; without options, list everybody."""

    help = "list staff, or give one person exactly these groups (made if unknown)"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", help="username")
        parser.add_argument("--group", action="append", choices=GROUPS, help="may be repeated")
        parser.add_argument("--email", default=None)
        parser.add_argument("--off", action="store_true", help="may no longer sign in")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["name"]
        if not name:
            self._list()
            return
        if options["off"]:
            if not User.objects.filter(username=name).update(is_active=False):
                raise CommandError(f"there is nobody called {name}", returncode=2)
            self.stdout.write(f"{name} may no longer sign in")
            return
        if not options["group"]:
            raise CommandError(f"name a group: --group {' or '.join(GROUPS)}", returncode=2)
        user = User.objects.filter(username=name).first()
        if user is None:
            user = User(username=name)
            user.set_password(self._password(user))
        user.is_staff = user.is_active = True
        if options["email"] is not None:
            user.email = options["email"]
        user.save()
        user.groups.set(Group.objects.filter(name__in=options["group"]))
        self.stdout.write(f"{name}: {', '.join(sorted(set(options['group'])))}")

    def _list(self) -> None:
        for user in User.objects.filter(is_staff=True).order_by("username"):
            names = user.groups.filter(name__in=GROUPS).order_by("name")
            roles = ", ".join(names.values_list("name", flat=True)) or "no group"
            self.stdout.write(f"{user.username}: {roles}{'' if user.is_active else ' (off)'}")

    def _password(self, user: User) -> str:
        """Typed twice at a terminal, else the first line of the input."""
        if sys.stdin.isatty():
            password = getpass.getpass("Password: ")
            if password != getpass.getpass("Again: "):
                raise CommandError("the two passwords differ", returncode=2)
        else:
            password = sys.stdin.readline().rstrip("\n")
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages), returncode=2) from error
        return password
