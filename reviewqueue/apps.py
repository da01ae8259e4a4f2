"""The review queue as a Django application."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ReviewQueueConfig(AppConfig):
    """The human side: cases, decisions, the admin's windows on everything."""

    name = "reviewqueue"
    verbose_name = "Review queue"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to the robot, make groups after migrate, chain decisions, report health."""
        from config import health
        from reviewqueue import cases, groups, measures
        from reviewqueue.models import Decision
        from robot import signals, triggers
        from robot.evidence import chain

        signals.doubt_raised.connect(cases.on_doubt, dispatch_uid="reviewqueue.ensure")
        signals.task_left_review.connect(cases.on_task_left, dispatch_uid="reviewqueue.close")
        post_migrate.connect(groups.make, sender=self, dispatch_uid="reviewqueue.groups")
        chain.register(
            "decision",
            Decision,
            chain.fields(
                "case", "doubt", "kind", "by", "reason", "parameters", "candidate", "digest", "at"
            ),
        )
        triggers.protect(Decision)
        health.register_check("cases", measures.uncased)
        health.register_metrics("cases", measures.metrics)
