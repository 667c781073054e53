import aifactory.audit.append_only
import aifactory.audit.create_models
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        aifactory.audit.create_models.CreateModels(
            models=[
                migrations.CreateModel(
                    name='Event',
                    fields=[
                        ('id', models.BigAutoField(primary_key=True, serialize=False)),
                        ('at', models.DateTimeField()),
                        ('name', models.CharField(help_text='kind:verb, e.g. application:submit', max_length=60)),
                        ('actor', models.CharField(max_length=40)),
                        ('thing', models.CharField(blank=True, help_text='room.model:id, empty where no record is meant', max_length=80)),
                        ('source', models.CharField(blank=True, max_length=30)),
                        ('target', models.CharField(blank=True, max_length=30)),
                        ('digest', models.CharField(blank=True, help_text='salted digest of the record after the event', max_length=71)),
                        ('data', models.JSONField(default=dict)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['thing', 'id'], name='audit_event_thing_89a7e7_idx'), models.Index(fields=['name', 'id'], name='audit_event_name_dd8bef_idx')],
                    },
                ),
                migrations.CreateModel(
                    name='Unsealed',
                    fields=[
                        ('event', models.OneToOneField(on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name='+', serialize=False, to='audit.event')),
                    ],
                ),
                migrations.CreateModel(
                    name='Seal',
                    fields=[
                        ('position', models.BigIntegerField(primary_key=True, serialize=False)),
                        ('event', models.OneToOneField(on_delete=django.db.models.deletion.DO_NOTHING, related_name='seal', to='audit.event')),
                        ('leaf', models.CharField(max_length=64)),
                        ('chain', models.CharField(max_length=64)),
                    ],
                ),
                migrations.CreateModel(
                    name='Checkpoint',
                    fields=[
                        ('size', models.BigIntegerField(primary_key=True, serialize=False)),
                        ('at', models.DateTimeField()),
                        ('note', models.TextField()),
                        ('frontier', models.JSONField()),
                        ('chain', models.CharField(blank=True, max_length=64)),
                    ],
                ),
                migrations.CreateModel(
                    name='Salt',
                    fields=[
                        ('thing', models.CharField(max_length=80, primary_key=True, serialize=False)),
                        ('value', models.BinaryField(max_length=32)),
                    ],
                ),
            ],
        ),
        aifactory.audit.append_only.AppendOnly(
            table='audit_event',
        ),
        aifactory.audit.append_only.AppendOnly(
            table='audit_seal',
        ),
        aifactory.audit.append_only.AppendOnly(
            table='audit_checkpoint',
        ),
    ]
