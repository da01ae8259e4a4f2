"""Web addresses: the admin with its review queue, the tasks API, the probes."""

from __future__ import annotations

from importlib.util import find_spec

from django.contrib import admin
from django.urls import URLPattern, URLResolver, path
from django.views.generic import RedirectView

from config import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
]
if find_spec("robot.intake") and find_spec("robot.intake.api"):
    from robot.intake.api import api

    urlpatterns.append(path("api/v1/", api.urls))
