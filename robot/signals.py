"""What the robot tells whoever listens, after the transaction has been committed."""

from __future__ import annotations

from django.dispatch import Signal

#: doubt=Doubt: a task went into review with this doubt.
doubt_raised = Signal()
#: task=Task: a task left review by another way than a decision on its case.
task_left_review = Signal()
