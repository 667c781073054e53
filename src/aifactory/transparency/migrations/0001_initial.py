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
                    name='Report',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('project', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='report', to='awards.project')),
                        ('figures', models.JSONField(help_text='awarded, used, energy, models, advice: as the records say')),
                        ('figures_at', models.DateTimeField()),
                        ('summary', models.TextField(blank=True, verbose_name='what came of it')),
                        ('unused', models.TextField(blank=True, verbose_name='why some of the award was not used')),
                        ('state', models.CharField(choices=[('draft', 'Draft'), ('submitted', 'Submitted'), ('accepted', 'Accepted')], default='draft', max_length=10)),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='Outcome',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='outcomes', to='awards.project')),
                        ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('kind', models.CharField(choices=[('model', 'Model released'), ('publication', 'Publication'), ('product', 'Product or service'), ('jobs', 'Jobs created'), ('funding', 'Follow-on funding in euro'), ('training', 'People trained'), ('other', 'Other result')], max_length=12, verbose_name='kind of result')),
                        ('title', models.CharField(max_length=200, verbose_name='what')),
                        ('amount', models.BigIntegerField(blank=True, help_text='Jobs, people or euro, where it applies', null=True, verbose_name='number')),
                        ('evidence', models.CharField(help_text="An address, a DOI, a record's id", max_length=300, verbose_name='how can it be checked?')),
                        ('happened_on', models.DateField(verbose_name='when')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='Retention',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('project', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='retention', to='awards.project')),
                        ('delete_on', models.DateField(help_text='The first day on which it may be deleted')),
                        ('policy', models.CharField(max_length=40)),
                        ('policy_digest', models.CharField(max_length=71)),
                        ('notice_days', models.JSONField(help_text='So many days before, its people are reminded')),
                        ('deleted', models.JSONField(default=list)),
                        ('files', models.PositiveIntegerField(default=0)),
                        ('size', models.BigIntegerField(default=0)),
                        ('deleted_at', models.DateTimeField(null=True)),
                        ('state', models.CharField(choices=[('counting', 'Kept until its day'), ('deleted', 'Deleted')], default='counting', max_length=10)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['state', 'delete_on'], name='transparenc_state_6ec687_idx')],
                    },
                ),
            ],
        ),
    ]
