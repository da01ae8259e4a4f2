"""The Celery application: doorbells only.

The database is the truth and a message only says "look now": messages are acknowledged before the
work, carry no result, and may be lost or doubled. Recovery is the lease and the sweeper.
"""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("switchboard")
app.config_from_object("django.conf:settings", namespace="CELERY")
# The current application is kept per thread; this makes it the one of the web server's threads too.
app.set_default()
app.autodiscover_tasks(["robot"], related_name="worker")
app.autodiscover_tasks(["reviewqueue"], related_name="notify")
