import django.db.models.deletion
from django.conf import settings
from aifactory.audit.append_only import AppendOnly
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('awards', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ClusterBooks',
            fields=[
                ('cluster', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('read_until', models.DateTimeField()),
                ('told', models.JSONField(default=dict, help_text='digest of the allocation last in force, by account')),
            ],
        ),
        migrations.CreateModel(
            name='Drift',
            fields=[
                ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(editable=False)),
                ('cluster', models.CharField(max_length=40)),
                ('account', models.CharField(max_length=80)),
                ('sentence', models.CharField(max_length=500)),
                ('mended', models.BooleanField()),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Job',
            fields=[
                ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(editable=False)),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('recipe', models.CharField(max_length=80, verbose_name='recipe')),
                ('recipe_version', models.CharField(max_length=20)),
                ('recipe_digest', models.CharField(max_length=71)),
                ('parameters', models.JSONField(default=dict)),
                ('inputs', models.JSONField(default=list, help_text='[{"role", "dataset_version", "agreement"} or {"role", "attempt", "files"}]')),
                ('cores', models.PositiveIntegerField(verbose_name='cores')),
                ('gpus', models.PositiveIntegerField(default=0, verbose_name='GPUs')),
                ('memory_bytes', models.BigIntegerField(verbose_name='memory')),
                ('wall_seconds', models.PositiveIntegerField(verbose_name='time limit')),
                ('deadline', models.DateTimeField(verbose_name='deadline')),
                ('planned_start', models.DateTimeField()),
                ('plan', models.JSONField(default=dict, help_text="what the green planner expected, with its signal's source")),
                ('reason', models.CharField(blank=True, help_text='why it failed or was stopped, in a sentence', max_length=500)),
                ('state', models.CharField(choices=[('planned', 'Planned'), ('queued', 'Queued'), ('running', 'Running'), ('succeeded', 'Succeeded'), ('failed', 'Failed'), ('cancelled', 'Cancelled'), ('unknown', 'End unknown')], default='planned', max_length=12)),
                ('request_key', models.CharField(max_length=80, null=True)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='jobs', to='awards.project')),
                ('submitted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='jobs', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(editable=False)),
                ('number', models.PositiveIntegerField()),
                ('name', models.CharField(max_length=60, unique=True)),
                ('engine', models.CharField(max_length=40)),
                ('simulated', models.BooleanField(default=False)),
                ('started_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('exit_code', models.IntegerField(null=True)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('outputs', models.JSONField(default=list, help_text='[{path, key, digest, size}]')),
                ('facts', models.JSONField(default=dict, help_text='what the agent found: node, environment digest')),
                ('state', models.CharField(choices=[('ordered', 'Ordered'), ('running', 'Running'), ('completed', 'Completed'), ('failed', 'Failed'), ('timeout', 'Out of time'), ('out_of_memory', 'Out of memory'), ('cancelled', 'Stopped'), ('lost', 'End unknown'), ('refused', 'Refused')], default='ordered', max_length=14)),
                ('progress', models.JSONField(default=dict)),
                ('log', models.TextField(blank=True)),
                ('stop_reason', models.CharField(blank=True, help_text='set when it has to be stopped', max_length=500)),
                ('forgotten', models.BooleanField(default=False)),
                ('job', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to='supercomputer.job')),
            ],
        ),
        migrations.CreateModel(
            name='LedgerEntry',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('cluster', models.CharField(max_length=40)),
                ('job_id', models.CharField(max_length=40)),
                ('submitted_at', models.DateTimeField()),
                ('revision', models.PositiveIntegerField(default=1)),
                ('name', models.CharField(max_length=200)),
                ('account', models.CharField(max_length=80)),
                ('user', models.CharField(max_length=80)),
                ('qos', models.CharField(max_length=80)),
                ('partition', models.CharField(max_length=80)),
                ('state', models.CharField(max_length=20)),
                ('started_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('elapsed_seconds', models.BigIntegerField()),
                ('nodes', models.PositiveIntegerField()),
                ('cores', models.PositiveIntegerField()),
                ('gpus', models.PositiveIntegerField()),
                ('tres', models.JSONField(default=dict)),
                ('energy_joules', models.BigIntegerField(null=True)),
                ('read_at', models.DateTimeField()),
                ('digest', models.CharField(max_length=71)),
                ('attempt', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='ledger', to='supercomputer.attempt')),
                ('project', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='ledger', to='awards.project')),
            ],
        ),
        migrations.CreateModel(
            name='Usage',
            fields=[
                ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(editable=False)),
                ('gpu_seconds', models.BigIntegerField()),
                ('core_seconds', models.BigIntegerField()),
                ('wall_seconds', models.FloatField()),
                ('cpu_seconds', models.FloatField(null=True)),
                ('peak_memory_bytes', models.BigIntegerField(null=True)),
                ('kwh', models.FloatField(null=True)),
                ('kwh_low', models.FloatField(null=True)),
                ('kwh_high', models.FloatField(null=True)),
                ('method', models.CharField(blank=True, max_length=200)),
                ('grams', models.FloatField(null=True)),
                ('grams_low', models.FloatField(null=True)),
                ('grams_high', models.FloatField(null=True)),
                ('signal', models.CharField(blank=True, max_length=300)),
                ('readings', models.JSONField(default=dict, help_text='what the energy was computed from')),
                ('simulated', models.BooleanField(default=False)),
                ('attempt', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='usage', to='supercomputer.attempt')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='usage', to='awards.project')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='UsageSlice',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('line_ended', models.BooleanField(default=False, help_text='after the last award line of the project had ended')),
                ('month', models.CharField(help_text="2026-11, in the factory's time zone", max_length=7)),
                ('seconds', models.BigIntegerField()),
                ('gpu_seconds', models.BigIntegerField()),
                ('core_seconds', models.BigIntegerField()),
                ('node_seconds', models.BigIntegerField()),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='slices', to='supercomputer.ledgerentry')),
                ('project', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='slices', to='awards.project')),
            ],
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(fields=['state', 'planned_start'], name='supercomput_state_775584_idx'),
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(fields=['project', 'id'], name='supercomput_project_7c8617_idx'),
        ),
        migrations.AddConstraint(
            model_name='job',
            constraint=models.UniqueConstraint(fields=('project', 'request_key'), name='one_job_for_a_request'),
        ),
        migrations.AddIndex(
            model_name='attempt',
            index=models.Index(fields=['engine', 'state'], name='supercomput_engine_604777_idx'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.UniqueConstraint(fields=('job', 'number'), name='attempts_are_numbered'),
        ),
        migrations.AddIndex(
            model_name='ledgerentry',
            index=models.Index(fields=['cluster', 'account'], name='supercomput_cluster_160f8b_idx'),
        ),
        migrations.AddIndex(
            model_name='ledgerentry',
            index=models.Index(fields=['project', 'started_at'], name='supercomput_project_6ae26a_idx'),
        ),
        migrations.AddConstraint(
            model_name='ledgerentry',
            constraint=models.UniqueConstraint(fields=('cluster', 'job_id', 'submitted_at', 'revision'), name='one_entry_a_revision'),
        ),
        migrations.AddIndex(
            model_name='usageslice',
            index=models.Index(fields=['project', 'month'], name='supercomput_project_72a5e1_idx'),
        ),
        AppendOnly("supercomputer_usage"),
        AppendOnly("supercomputer_ledgerentry"),
        AppendOnly("supercomputer_usageslice"),
    ]
