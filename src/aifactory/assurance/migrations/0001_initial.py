import aifactory.audit.create_models
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        aifactory.audit.create_models.CreateModels(
            models=[
                migrations.CreateModel(
                    name='Assessment',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('subject', models.CharField(help_text='The thing asked about, as the log names it', max_length=120)),
                        ('subject_organisation', models.CharField(db_index=True, max_length=40)),
                        ('kind', models.CharField(choices=[('ai_act', 'AI Act'), ('gdpr', 'Personal data (GDPR)'), ('ethics', 'Civil use and ethics')], max_length=10)),
                        ('answers', models.JSONField(default=dict)),
                        ('outcome', models.JSONField(default=dict)),
                        ('rule_version', models.CharField(max_length=10)),
                        ('result', models.CharField(max_length=30)),
                        ('later_result', models.CharField(blank=True, max_length=30)),
                        ('ground', models.TextField(blank=True)),
                        ('state', models.CharField(choices=[('draft', 'Being answered'), ('answered', 'Answered'), ('confirmed', 'Confirmed'), ('stopped', 'Stopped')], default='draft', max_length=12)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('subject', 'kind'), name='one_assessment_a_subject_and_kind')],
                    },
                ),
            ],
        ),
    ]
