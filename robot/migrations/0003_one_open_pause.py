from django.db import migrations, models
from django.db.models.functions import Coalesce


def lift_the_later(apps, schema_editor):
    """Of several open pauses of one tenant, or of all, keep the one that stood first."""
    pauses = apps.get_model("robot", "Pause").objects.filter(lifted_at=None)
    seen = set()
    for pause in pauses.order_by("since", "pk"):
        if pause.tenant_id in seen:
            # From its own time: it has stopped nothing that the first had not stopped.
            pauses.filter(pk=pause.pk).update(lifted_at=pause.since, lifted_by="switchboard")
        seen.add(pause.tenant_id)


class Migration(migrations.Migration):

    dependencies = [
        ('robot', '0002_task_one_form_at_a_time_where_the_console_suggests'),
    ]

    operations = [
        migrations.RunPython(lift_the_later, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='pause',
            constraint=models.UniqueConstraint(Coalesce('tenant', 0), condition=models.Q(('lifted_at__isnull', True)), name='one_open_pause_of_a_tenant_or_of_all'),
        ),
    ]
