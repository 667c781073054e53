import aifactory.audit.create_models
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('awards', '0001_initial'),
        ('supercomputer', '0001_initial'),
    ]

    operations = [
        aifactory.audit.create_models.CreateModels(
            models=[
                migrations.CreateModel(
                    name='Model',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='models', to='awards.project')),
                        ('name', models.CharField(max_length=120, verbose_name='name')),
                        ('intended_use', models.TextField(help_text='What it is for, and what it is not for', verbose_name='intended use')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('project', 'name'), name='one_model_a_name_in_a_project')],
                    },
                ),
                migrations.CreateModel(
                    name='ModelVersion',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('model', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='registry.model')),
                        ('number', models.PositiveIntegerField()),
                        ('attempt', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='model_version', to='supercomputer.attempt')),
                        ('files', models.JSONField(help_text='[{path, key, digest, size}]')),
                        ('digest', models.CharField(help_text='over {path: digest} of all files', max_length=71)),
                        ('card', models.JSONField()),
                        ('provenance', models.TextField(help_text='DSSE envelope with an in-toto statement')),
                        ('state', models.CharField(choices=[('candidate', 'Candidate'), ('released', 'Released'), ('withdrawn', 'Withdrawn')], default='candidate', max_length=10)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('model', 'number'), name='model_versions_are_numbered')],
                    },
                ),
            ],
        ),
    ]
