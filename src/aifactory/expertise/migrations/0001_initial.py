import aifactory.audit.create_models
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('awards', '0001_initial'),
        ('people', '__first__'),
    ]

    operations = [
        aifactory.audit.create_models.CreateModels(
            models=[
                migrations.CreateModel(
                    name='Case',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='awards.project')),
                        ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='asked_cases', to=settings.AUTH_USER_MODEL)),
                        ('adviser', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cases', to=settings.AUTH_USER_MODEL)),
                        ('service', models.CharField(choices=[('start', 'Getting started'), ('data', 'Preparing data'), ('model', 'Building and testing a model'), ('scale', 'Scaling up'), ('law', 'Law and ethics')], max_length=10, verbose_name='what is it about?')),
                        ('title', models.CharField(max_length=200, verbose_name='your question in one line')),
                        ('question', models.TextField(verbose_name='tell us more')),
                        ('state', models.CharField(choices=[('asked', 'Asked'), ('open', 'Open'), ('closed', 'Closed')], default='asked', max_length=10)),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='Entry',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='expertise.case')),
                        ('writer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='case_entries', to=settings.AUTH_USER_MODEL)),
                        ('text', models.TextField(verbose_name='text')),
                        ('seconds', models.PositiveIntegerField(default=0, verbose_name='time')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
            ],
        ),
    ]
