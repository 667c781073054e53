import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Project',
            fields=[
                ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(editable=False)),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('application', models.CharField(blank=True, db_index=True, help_text='Id of the application', max_length=40)),
                ('purpose', models.CharField(blank=True, help_text='What data may be used for', max_length=80)),
                ('state', models.CharField(choices=[('active', 'Active'), ('suspended', 'Suspended'), ('closed', 'Closed')], default='active', max_length=12)),
                ('ends_at', models.DateTimeField()),
                ('leader', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='led_projects', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='projects', to='people.organisation')),
            ],
        ),
        migrations.CreateModel(
            name='AwardLine',
            fields=[
                ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(editable=False)),
                ('resource', models.CharField(choices=[('gpu', 'GPU time'), ('core', 'Core time'), ('storage', 'Storage'), ('advice', 'Adviser time')], max_length=10)),
                ('amount', models.BigIntegerField()),
                ('held', models.BigIntegerField(default=0)),
                ('drawn', models.BigIntegerField(default=0)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='awards.project')),
            ],
        ),
        migrations.CreateModel(
            name='ProjectMember',
            fields=[
                ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(editable=False)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='awards.project')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='project_memberships', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='AidEntry',
            fields=[
                ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(editable=False)),
                ('member_state', models.CharField(max_length=2, verbose_name='member state that granted it')),
                ('granted_on', models.DateField(verbose_name='granted on')),
                ('cents', models.BigIntegerField()),
                ('source', models.CharField(choices=[('declared', 'Declared by the organisation'), ('register', 'Read from the central register'), ('here', 'Granted here')], max_length=10)),
                ('authority', models.CharField(max_length=200, verbose_name='who granted it')),
                ('measure', models.CharField(blank=True, max_length=200, verbose_name='what for')),
                ('register_reference', models.CharField(blank=True, max_length=100, verbose_name='reference in the central register')),
                ('application', models.CharField(blank=True, help_text='Id of the application granted here', max_length=40)),
                ('state', models.CharField(choices=[('standing', 'Counts'), ('annulled', 'Annulled')], default='standing', max_length=10)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='aid', to='people.organisation')),
            ],
            options={
                'indexes': [models.Index(fields=['organisation', 'granted_on'], name='awards_aide_organis_dde464_idx')],
                'constraints': [models.CheckConstraint(condition=models.Q(('cents__gt', 0)), name='aid_is_worth_something'), models.UniqueConstraint(condition=models.Q(models.Q(('application', ''), _negated=True), ('state', 'standing')), fields=('application',), name='aid_once_an_application')],
            },
        ),
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(editable=False)),
                ('key', models.CharField(max_length=80, unique=True)),
                ('amount', models.BigIntegerField()),
                ('drawn', models.BigIntegerField(default=0)),
                ('state', models.CharField(choices=[('held', 'Set aside'), ('settled', 'Settled')], default='held', max_length=10)),
                ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='awards.awardline')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gte', models.F('drawn'))), name='draw_within_hold')],
            },
        ),
        migrations.AddIndex(
            model_name='project',
            index=models.Index(fields=['organisation', 'id'], name='awards_proj_organis_2d9a04_idx'),
        ),
        migrations.AddConstraint(
            model_name='project',
            constraint=models.UniqueConstraint(condition=models.Q(('application', ''), _negated=True), fields=('application',), name='one_project_an_application'),
        ),
        migrations.AddConstraint(
            model_name='awardline',
            constraint=models.CheckConstraint(condition=models.Q(('held__gte', 0), ('drawn__gte', 0), ('amount__gte', django.db.models.expressions.CombinedExpression(models.F('held'), '+', models.F('drawn')))), name='never_more_than_awarded'),
        ),
        migrations.AddConstraint(
            model_name='awardline',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='award_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='awardline',
            constraint=models.UniqueConstraint(fields=('project', 'resource', 'starts_at'), name='one_line_a_resource_and_start'),
        ),
        migrations.AddConstraint(
            model_name='projectmember',
            constraint=models.UniqueConstraint(fields=('project', 'user'), name='once_in_a_project'),
        ),
    ]
