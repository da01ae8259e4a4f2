#!/usr/bin/env python
"""Django's command line for Switchboard."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run one management command. Settings that cannot stand end it with 2 and one line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
    except ImportError as error:
        sys.exit(f"{error}. Run `make demo` or `make test` first: both set up .venv.")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        print(error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
