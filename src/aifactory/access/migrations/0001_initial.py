import django.db.models.deletion
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
            name='Review',
            fields=[
                ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(editable=False)),
                ('state', models.CharField(choices=[('assigned', 'Asked'), ('declined', 'Declined'), ('submitted', 'Given'), ('set_aside', 'Set aside')], default='assigned', max_length=10)),
                ('due_at', models.DateTimeField()),
                ('stated_at', models.DateTimeField(blank=True, null=True)),
                ('scores', models.JSONField(default=dict)),
                ('reasons', models.JSONField(default=dict)),
                ('read_digest', models.CharField(blank=True, help_text='Of what the reviewer read', max_length=71)),
                ('submitted_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Call',
            fields=[
                ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(editable=False)),
                ('mode_name', models.CharField(max_length=60)),
                ('mode_digest', models.CharField(max_length=71)),
                ('mode_content', models.JSONField()),
                ('title_en', models.CharField(max_length=200, verbose_name='title in English')),
                ('title_nl', models.CharField(max_length=200, verbose_name='title in Dutch')),
                ('opens_at', models.DateTimeField(verbose_name='opens at')),
                ('cut_off_at', models.DateTimeField(blank=True, null=True, verbose_name='cut-off')),
                ('state', models.CharField(choices=[('draft', 'Being prepared'), ('open', 'Open'), ('closed', 'Closed'), ('decided', 'Decided')], default='draft', max_length=12)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('cut_off_at', None), ('cut_off_at__gt', models.F('opens_at')), _connector='OR'), name='call_opens_before_it_ends')],
            },
        ),
        migrations.CreateModel(
            name='Application',
            fields=[
                ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(editable=False)),
                ('reference', models.CharField(max_length=20, unique=True)),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('answers', models.JSONField(default=dict)),
                ('requested', models.JSONField(default=dict, help_text='Resource to whole base units')),
                ('datasets', models.JSONField(default=list, help_text='Ids of the datasets asked for')),
                ('purpose', models.CharField(blank=True, help_text='What data would be used for', max_length=80)),
                ('organisation_facts', models.JSONField(default=dict, help_text='As they were when it was submitted')),
                ('form', models.JSONField(default=dict, help_text='The questions as they were when it was submitted')),
                ('form_digest', models.CharField(blank=True, max_length=71)),
                ('content_digest', models.CharField(blank=True, help_text='Of everything submitted', max_length=71)),
                ('state', models.CharField(choices=[('draft', 'Being written'), ('submitted', 'Submitted'), ('eligible', 'Eligible'), ('ineligible', 'Not eligible'), ('in_review', 'In review'), ('reviewed', 'Reviewed'), ('awarded', 'Awarded'), ('rejected', 'Not awarded'), ('withdrawn', 'Withdrawn')], default='draft', max_length=12)),
                ('submitted_at', models.DateTimeField(blank=True, null=True)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('applicant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='applications', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='applications', to='people.organisation')),
                ('call', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='applications', to='access.call')),
            ],
        ),
        migrations.CreateModel(
            name='Collaborator',
            fields=[
                ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(editable=False)),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('last_on', models.DateField(verbose_name='last work together')),
                ('removed_at', models.DateTimeField(null=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='collaborators', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Conflict',
            fields=[
                ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(editable=False)),
                ('kind', models.CharField(choices=[('same_organisation', 'same_organisation'), ('former_organisation', 'former_organisation'), ('applicant', 'applicant'), ('named', 'named'), ('same_call', 'same_call'), ('co_author', 'co_author'), ('co_project', 'co_project'), ('two_way', 'two_way'), ('excluded', 'excluded'), ('competitor', 'competitor'), ('declared', 'declared')], max_length=20)),
                ('handling', models.CharField(choices=[('recuse', 'Real'), ('manage', 'Apparent'), ('disclose', 'Potential')], help_text='What the mode says follows from this kind', max_length=10)),
                ('evidence', models.JSONField(default=dict)),
                ('words', models.TextField(blank=True, max_length=1000)),
                ('state', models.CharField(choices=[('found', 'Waits for the office'), ('recused', 'Kept out'), ('managed', 'Managed'), ('disclosed', 'Disclosed'), ('lifted', 'Lifted')], default='found', max_length=10)),
                ('measure', models.TextField(blank=True, max_length=1000)),
                ('handled_at', models.DateTimeField(null=True)),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='conflicts', to='access.application')),
                ('handled_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='conflicts', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(editable=False)),
                ('outcome', models.CharField(choices=[('awarded', 'Awarded'), ('rejected', 'Not awarded')], max_length=10)),
                ('awarded', models.JSONField(default=dict, help_text='Resource to whole base units')),
                ('permits', models.JSONField(default=list, help_text='Ids of the datasets that may be asked for')),
                ('reasons', models.TextField()),
                ('letter', models.JSONField()),
                ('decided_at', models.DateTimeField()),
                ('object_until', models.DateField()),
                ('application', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='decision', to='access.application')),
                ('decided_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to=settings.AUTH_USER_MODEL)),
                ('mandate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='people.mandate')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Eligibility',
            fields=[
                ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(editable=False)),
                ('verdicts', models.JSONField()),
                ('passed', models.BooleanField()),
                ('application', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='eligibility', to='access.application')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ModeVersion',
            fields=[
                ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(editable=False)),
                ('name', models.CharField(blank=True, max_length=60)),
                ('mode_id', models.CharField(blank=True, max_length=40)),
                ('version', models.PositiveIntegerField(blank=True, null=True)),
                ('text', models.TextField(max_length=200000, verbose_name='the mode as TOML')),
                ('problems', models.JSONField(default=list)),
                ('content', models.JSONField(default=dict)),
                ('digest', models.CharField(blank=True, max_length=71)),
                ('adopted_at', models.DateTimeField(blank=True, null=True)),
                ('state', models.CharField(choices=[('draft', 'Being written'), ('adopted', 'Adopted'), ('dropped', 'Dropped')], default='draft', max_length=10)),
                ('adopted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('written_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='OutOfTurn',
            fields=[
                ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(editable=False)),
                ('ahead', models.PositiveIntegerField()),
                ('reason', models.TextField(max_length=2000)),
                ('allowed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('application', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='out_of_turn', to='access.application')),
                ('mandate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.mandate')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Remark',
            fields=[
                ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(editable=False)),
                ('kind', models.CharField(choices=[('message', 'Message'), ('note', 'Note of the panel')], max_length=10)),
                ('text', models.TextField(max_length=4000)),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='remarks', to='access.application')),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='ReviewDraft',
            fields=[
                ('review', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='draft', serialize=False, to='access.review')),
                ('scores', models.JSONField(default=dict)),
                ('reasons', models.JSONField(default=dict)),
                ('saved_at', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='review',
            name='application',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='access.application'),
        ),
        migrations.AddField(
            model_name='review',
            name='reviewer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to=settings.AUTH_USER_MODEL),
        ),
        migrations.CreateModel(
            name='Revision',
            fields=[
                ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(editable=False)),
                ('number', models.PositiveSmallIntegerField()),
                ('scores', models.JSONField()),
                ('reasons', models.JSONField()),
                ('because', models.TextField(blank=True, max_length=1000)),
                ('read_digest', models.CharField(max_length=71)),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='revisions', to='access.review')),
            ],
        ),
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(editable=False)),
                ('slot', models.CharField(max_length=40)),
                ('key', models.CharField(max_length=200, unique=True)),
                ('name', models.CharField(max_length=255)),
                ('media_type', models.CharField(max_length=100)),
                ('size', models.BigIntegerField()),
                ('digest', models.CharField(max_length=71)),
                ('identifying', models.BooleanField(default=False, help_text='Withheld from its reviewers')),
                ('replaced_at', models.DateTimeField(blank=True, null=True)),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attachments', to='access.application')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('replaced_at', None)), fields=('application', 'slot'), name='one_document_a_slot')],
            },
        ),
        migrations.AddIndex(
            model_name='application',
            index=models.Index(fields=['call', 'state'], name='access_appl_call_id_44a61d_idx'),
        ),
        migrations.AddIndex(
            model_name='application',
            index=models.Index(fields=['organisation', 'id'], name='access_appl_organis_3b53af_idx'),
        ),
        migrations.AddIndex(
            model_name='application',
            index=models.Index(fields=['state', 'due_at'], name='access_appl_state_196ecc_idx'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'withdrawn']), models.Q(('due_at__isnull', False), ('submitted_at__isnull', False)), _connector='OR'), name='submitted_when_no_draft'),
        ),
        migrations.AddConstraint(
            model_name='collaborator',
            constraint=models.UniqueConstraint(condition=models.Q(('removed_at', None)), fields=('person', 'name'), name='one_collaborator_a_name'),
        ),
        migrations.AddIndex(
            model_name='conflict',
            index=models.Index(fields=['person', 'state'], name='access_conf_person__e6b189_idx'),
        ),
        migrations.AddConstraint(
            model_name='conflict',
            constraint=models.UniqueConstraint(fields=('application', 'person', 'kind'), name='one_conflict_of_a_kind'),
        ),
        migrations.AddConstraint(
            model_name='modeversion',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'adopted')), fields=('mode_id', 'version'), name='one_mode_a_version'),
        ),
        migrations.AddConstraint(
            model_name='modeversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'adopted'), _negated=True), models.Q(models.Q(('digest', ''), _negated=True), ('adopted_at__isnull', False)), _connector='OR'), name='adopted_with_its_digest'),
        ),
        migrations.AddIndex(
            model_name='remark',
            index=models.Index(fields=['application', 'id'], name='access_rema_applica_da67ac_idx'),
        ),
        migrations.AddIndex(
            model_name='review',
            index=models.Index(fields=['reviewer', 'state'], name='access_revi_reviewe_dfcbd9_idx'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.UniqueConstraint(fields=('application', 'reviewer'), name='one_review_a_person_and_application'),
        ),
        migrations.AddConstraint(
            model_name='revision',
            constraint=models.UniqueConstraint(fields=('review', 'number'), name='one_revision_a_number'),
        ),
        migrations.AddConstraint(
            model_name='revision',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('because', ''), ('number', 1)), models.Q(('number', 2), models.Q(('because', ''), _negated=True)), _connector='OR'), name='changed_once_with_a_reason'),
        ),
    ]
