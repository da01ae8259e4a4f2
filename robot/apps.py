"""The robot as a Django application."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class RobotConfig(AppConfig):
    """The machine side; never imports reviewqueue."""

    name = "robot"
    verbose_name = "Robot"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the start checks and the append-only triggers."""
        import_module("robot.checks")
        from robot import triggers

        triggers.connect()
