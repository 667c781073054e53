import aifactory.audit.create_models
import aifactory.datasets.search.full_text
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '0001_initial'),
        ('people', '__first__'),
    ]

    operations = [
        aifactory.audit.create_models.CreateModels(
            models=[
                migrations.CreateModel(
                    name='CatalogueSource',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('name', models.CharField(max_length=120, verbose_name='name')),
                        ('address', models.URLField(max_length=500, unique=True, verbose_name='address')),
                        ('kind', models.CharField(choices=[('dcat', 'DCAT: Turtle, RDF/XML, N-Triples or JSON-LD'), ('ckan', 'CKAN: its list of packages')], max_length=8, verbose_name='kind')),
                        ('added_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('state', models.CharField(choices=[('open', 'Being read'), ('paused', 'Paused')], default='open', max_length=10)),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='Harvest',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='harvests', to='datasets.cataloguesource')),
                        ('digest', models.CharField(max_length=71)),
                        ('seen', models.PositiveIntegerField()),
                        ('added', models.PositiveIntegerField()),
                        ('changed', models.PositiveIntegerField()),
                        ('same', models.PositiveIntegerField()),
                        ('gone', models.PositiveIntegerField()),
                        ('faulty', models.PositiveIntegerField()),
                        ('problem', models.CharField(blank=True, max_length=300)),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='FoundDataset',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='found', to='datasets.cataloguesource')),
                        ('identifier', models.CharField(max_length=500)),
                        ('digest', models.CharField(max_length=71)),
                        ('facts', models.JSONField()),
                        ('errors', models.JSONField(default=list)),
                        ('shown', models.BooleanField()),
                        ('seen_at', models.DateTimeField()),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('source', 'identifier'), name='one_identifier_a_source')],
                    },
                ),
                migrations.CreateModel(
                    name='Card',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('key', models.CharField(max_length=40, unique=True)),
                        ('dataset', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='card', to='datasets.dataset')),
                        ('found', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='card', to='datasets.founddataset')),
                        ('source', models.CharField(blank=True, max_length=40)),
                        ('title', models.CharField(max_length=300)),
                        ('title_nl', models.CharField(blank=True, max_length=300)),
                        ('summary', models.CharField(blank=True, max_length=300)),
                        ('summary_nl', models.CharField(blank=True, max_length=300)),
                        ('holder', models.CharField(blank=True, max_length=200)),
                        ('theme', models.CharField(blank=True, max_length=12)),
                        ('access', models.CharField(max_length=10)),
                        ('title_stems', models.TextField(blank=True)),
                        ('keyword_stems', models.TextField(blank=True)),
                        ('text_stems', models.TextField(blank=True)),
                    ],
                    options={
                        'indexes': [aifactory.datasets.search.full_text.FullText(fields=['title_stems', 'keyword_stems', 'text_stems'], name='card_words'), models.Index(fields=['access', 'theme', 'source'], name='card_facets')],
                        'constraints': [models.CheckConstraint(condition=models.Q(('dataset', None), ('found', None), _connector='XOR'), name='a_card_of_one_dataset')],
                    },
                ),
                migrations.CreateModel(
                    name='Dataset',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('title', models.CharField(max_length=200, verbose_name='title in English')),
                        ('title_nl', models.CharField(blank=True, max_length=200, verbose_name='title in Dutch')),
                        ('description', models.TextField(max_length=5000, verbose_name='description in English')),
                        ('description_nl', models.TextField(blank=True, max_length=5000, verbose_name='description in Dutch')),
                        ('holder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='datasets', to='people.organisation', verbose_name='holder')),
                        ('steward', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='steward')),
                        ('theme', models.CharField(max_length=12, verbose_name='theme')),
                        ('access', models.CharField(max_length=10, verbose_name='access')),
                        ('licence', models.CharField(max_length=20, verbose_name='licence')),
                        ('contains_personal_data', models.BooleanField(default=True, verbose_name='contains personal data')),
                        ('details', models.JSONField(default=dict)),
                        ('state', models.CharField(choices=[('draft', 'Draft'), ('published', 'Published'), ('withdrawn', 'Withdrawn')], default='draft', max_length=10)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['state', 'theme'], name='datasets_da_state_f73695_idx')],
                        'constraints': [models.CheckConstraint(condition=models.Q(('access', 'public'), ('contains_personal_data', True), ('state', 'published'), _negated=True), name='personal_data_is_not_public')],
                    },
                ),
                migrations.CreateModel(
                    name='DatasetVersion',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('dataset', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='datasets.dataset')),
                        ('number', models.PositiveIntegerField()),
                        ('digest', models.CharField(blank=True, max_length=71)),
                        ('report', models.JSONField(null=True)),
                        ('report_digest', models.CharField(blank=True, max_length=71)),
                        ('state', models.CharField(choices=[('draft', 'Files being added'), ('inspected', 'Inspected'), ('published', 'Published'), ('withdrawn', 'Withdrawn')], default='draft', max_length=10)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('dataset', 'number'), name='one_number_a_version')],
                    },
                ),
                migrations.CreateModel(
                    name='DatasetFile',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='datasets.datasetversion')),
                        ('path', models.CharField(max_length=200)),
                        ('media_type', models.CharField(max_length=60)),
                        ('size', models.BigIntegerField()),
                        ('digest', models.CharField(max_length=71)),
                        ('key', models.CharField(max_length=200)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('version', 'path'), name='one_path_a_version')],
                    },
                ),
                migrations.CreateModel(
                    name='Offer',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('dataset', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='offers', to='datasets.dataset')),
                        ('terms', models.JSONField()),
                        ('digest', models.CharField(max_length=71)),
                        ('self_service', models.BooleanField(default=False, verbose_name='no decision per request')),
                        ('offered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('state', models.CharField(choices=[('open', 'Open'), ('closed', 'Closed')], default='open', max_length=10)),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='Agreement',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('offer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='agreements', to='datasets.offer')),
                        ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='agreements', to='datasets.datasetversion')),
                        ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='data_agreements', to='people.organisation')),
                        ('project', models.CharField(db_index=True, max_length=40)),
                        ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('purpose', models.CharField(max_length=80)),
                        ('explanation', models.TextField(blank=True, max_length=2000)),
                        ('terms', models.JSONField()),
                        ('digest', models.CharField(blank=True, max_length=71)),
                        ('valid_from', models.DateTimeField(null=True)),
                        ('valid_until', models.DateTimeField()),
                        ('holder_signature', models.TextField(blank=True)),
                        ('user_signature', models.TextField(blank=True)),
                        ('renews', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='renewals', to='datasets.agreement')),
                        ('proposed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('stopped_at', models.DateTimeField(null=True)),
                        ('reason', models.CharField(blank=True, max_length=500)),
                        ('state', models.CharField(choices=[('requested', 'Requested'), ('countered', 'Other terms proposed'), ('agreed', 'Agreed, to be signed'), ('in_force', 'In force'), ('suspended', 'Suspended'), ('ended', 'Ended'), ('refused', 'Refused')], default='requested', max_length=10)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['state', 'valid_until'], name='datasets_ag_state_800e5b_idx')],
                        'constraints': [models.UniqueConstraint(condition=models.Q(('renews', None), ('state__in', ('requested', 'countered', 'agreed', 'in_force', 'suspended'))), fields=('project', 'version', 'purpose'), name='one_live_agreement_a_purpose'), models.UniqueConstraint(condition=models.Q(('state__in', ('requested', 'countered', 'agreed', 'in_force', 'suspended'))), fields=('renews',), name='one_live_renewal_an_agreement')],
                    },
                ),
                migrations.CreateModel(
                    name='DutyStatement',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='duty_statements', to='datasets.agreement')),
                        ('duty', models.CharField(max_length=20)),
                        ('met', models.BooleanField()),
                        ('reason', models.CharField(blank=True, max_length=500)),
                        ('said_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='Mount',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mounts', to='datasets.agreement')),
                        ('attempt', models.CharField(max_length=80)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('agreement', 'attempt'), name='one_mount_an_attempt')],
                    },
                ),
                migrations.CreateModel(
                    name='Participant',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('identifier', models.CharField(max_length=200, unique=True, verbose_name='identifier in the dataspace')),
                        ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation', verbose_name='organisation')),
                        ('contact', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('address', models.CharField(max_length=200, verbose_name='address of its endpoints')),
                        ('issuer', models.CharField(max_length=200, verbose_name='who issues its tokens')),
                        ('keys', models.JSONField(default=list, verbose_name='public keys (JWK)')),
                        ('state', models.CharField(choices=[('admitted', 'Admitted'), ('blocked', 'Blocked')], default='admitted', max_length=10)),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='Negotiation',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('role', models.CharField(choices=[('provider', 'We provide'), ('consumer', 'We use')], max_length=8)),
                        ('participant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='datasets.participant')),
                        ('their_pid', models.CharField(blank=True, max_length=200)),
                        ('callback', models.CharField(max_length=200)),
                        ('reason', models.CharField(blank=True, max_length=500)),
                        ('attend', models.BooleanField(default=False)),
                        ('attend_at', models.DateTimeField()),
                        ('dataset', models.CharField(max_length=200)),
                        ('title', models.CharField(blank=True, max_length=200)),
                        ('offer', models.JSONField()),
                        ('agreement', models.JSONField(null=True)),
                        ('agreement_pid', models.CharField(blank=True, db_index=True, max_length=200)),
                        ('agreed', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='negotiations', to='datasets.agreement')),
                        ('project', models.CharField(blank=True, max_length=40)),
                        ('purpose', models.CharField(blank=True, max_length=80)),
                        ('requested_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('state', models.CharField(choices=[('requested', 'Requested'), ('offered', 'Offered'), ('accepted', 'Accepted'), ('agreed', 'Agreed'), ('verified', 'Verified'), ('finalized', 'Finalised'), ('terminated', 'Terminated')], default='requested', max_length=10)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['attend', 'attend_at'], name='datasets_ne_attend_8aabe7_idx')],
                        'constraints': [models.UniqueConstraint(condition=models.Q(('their_pid', ''), _negated=True), fields=('participant', 'role', 'their_pid'), name='one_negotiation_a_counterpart')],
                    },
                ),
                migrations.CreateModel(
                    name='Transfer',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('role', models.CharField(choices=[('provider', 'We provide'), ('consumer', 'We use')], max_length=8)),
                        ('participant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='datasets.participant')),
                        ('their_pid', models.CharField(blank=True, max_length=200)),
                        ('callback', models.CharField(max_length=200)),
                        ('reason', models.CharField(blank=True, max_length=500)),
                        ('attend', models.BooleanField(default=False)),
                        ('attend_at', models.DateTimeField()),
                        ('negotiation', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='transfers', to='datasets.negotiation')),
                        ('agreement_pid', models.CharField(max_length=200)),
                        ('format', models.CharField(max_length=200)),
                        ('version', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='datasets.datasetversion')),
                        ('suspended_by', models.CharField(blank=True, max_length=4)),
                        ('data_address', models.JSONField(null=True)),
                        ('token_digest', models.CharField(blank=True, max_length=71)),
                        ('token_until', models.DateTimeField(null=True)),
                        ('pull_at', models.DateTimeField(help_text='when the consumer may try (again) to get the data', null=True)),
                        ('trouble', models.CharField(blank=True, max_length=300)),
                        ('state', models.CharField(choices=[('requested', 'Requested'), ('started', 'Started'), ('suspended', 'Suspended'), ('completed', 'Completed'), ('terminated', 'Terminated')], default='requested', max_length=10)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['attend', 'attend_at'], name='datasets_tr_attend_6ec635_idx')],
                        'constraints': [models.UniqueConstraint(condition=models.Q(('their_pid', ''), _negated=True), fields=('participant', 'role', 'their_pid'), name='one_transfer_a_counterpart')],
                    },
                ),
                migrations.CreateModel(
                    name='Message',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('process', models.CharField(max_length=40)),
                        ('standing', models.CharField(choices=[('received', 'Received'), ('waiting', 'To be delivered'), ('delivered', 'Delivered'), ('refused', 'Refused by the other side'), ('dropped', 'Overtaken, not sent')], max_length=10)),
                        ('key', models.CharField(max_length=80, null=True)),
                        ('kind', models.CharField(max_length=60)),
                        ('path', models.CharField(blank=True, max_length=260)),
                        ('body', models.JSONField()),
                        ('digest', models.CharField(max_length=71)),
                        ('at', models.DateTimeField()),
                        ('due_at', models.DateTimeField(null=True)),
                        ('claimed_until', models.DateTimeField(null=True)),
                        ('tries', models.PositiveSmallIntegerField(default=0)),
                        ('trouble', models.CharField(blank=True, max_length=300)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['standing', 'due_at'], name='datasets_me_standin_745ece_idx'), models.Index(fields=['process', 'id'], name='datasets_me_process_3caaae_idx')],
                        'constraints': [models.UniqueConstraint(fields=('process', 'key'), name='one_message_a_key')],
                    },
                ),
            ],
        ),
    ]
