"""Settings, web entry points and the Celery application.

The Celery application is made here so that every process that loads the settings, the web server's
included, rings doorbells through it.
"""

from __future__ import annotations

from config.celery import app as celery_app

__all__ = ["celery_app"]
