import aifactory.audit.create_models
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        aifactory.audit.create_models.CreateModels(
            models=[
                migrations.CreateModel(
                    name='User',
                    fields=[
                        ('password', models.CharField(max_length=128, verbose_name='password')),
                        ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('email', models.EmailField(max_length=254, unique=True, verbose_name='e-mail address')),
                        ('name', models.CharField(blank=True, max_length=120, verbose_name='name')),
                        ('language', models.CharField(default='en', max_length=5, verbose_name='language')),
                        ('roles', models.JSONField(blank=True, default=list)),
                        ('is_active', models.BooleanField(default=True)),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='Organisation',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('name', models.CharField(max_length=200, verbose_name='name')),
                        ('country', models.CharField(help_text='Two letters, e.g. NL', max_length=2, verbose_name='country')),
                        ('kind', models.CharField(choices=[('company', 'Company'), ('research', 'University or research institute'), ('hospital', 'Hospital'), ('public', 'Public body'), ('other', 'Other legal entity')], max_length=10, verbose_name='kind of organisation')),
                        ('registration_number', models.CharField(blank=True, max_length=40, verbose_name='registration number')),
                        ('region', models.CharField(blank=True, max_length=60, verbose_name='region')),
                        ('sector', models.CharField(blank=True, max_length=60, verbose_name='sector')),
                        ('staff', models.PositiveIntegerField(blank=True, null=True, verbose_name='number of staff')),
                        ('turnover_eur', models.BigIntegerField(blank=True, null=True, verbose_name='yearly turnover in euro')),
                        ('balance_eur', models.BigIntegerField(blank=True, null=True, verbose_name='balance sheet total in euro')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='Membership',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                        ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='people.organisation')),
                        ('representative', models.BooleanField(default=False, help_text='May sign for the organisation')),
                        ('student', models.BooleanField(default=False, help_text='Studies there: applies with a supervisor')),
                        ('since', models.DateTimeField()),
                        ('until', models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(condition=models.Q(('until', None)), fields=('user', 'organisation'), name='one_open_membership')],
                    },
                ),
                migrations.CreateModel(
                    name='Mandate',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mandates', to=settings.AUTH_USER_MODEL)),
                        ('holder_title', models.CharField(help_text='The office the person holds, shown in public', max_length=120)),
                        ('subject', models.CharField(help_text='The permission the mandate is for, e.g. application:decide', max_length=60)),
                        ('scope', models.CharField(blank=True, help_text="A mode's id; empty means all", max_length=60)),
                        ('ceiling_gpu_seconds', models.BigIntegerField(blank=True, null=True)),
                        ('ceiling_core_seconds', models.BigIntegerField(blank=True, null=True)),
                        ('valid_from', models.DateTimeField()),
                        ('valid_until', models.DateTimeField(blank=True, null=True)),
                        ('basis', models.CharField(blank=True, help_text='The document that gives the mandate', max_length=200)),
                        ('follows', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='handed_over_to', to='people.mandate')),
                        ('name_published', models.BooleanField(default=False, help_text='The holder lets the public read the name')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='ApiToken',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tokens', to=settings.AUTH_USER_MODEL)),
                        ('label', models.CharField(max_length=80)),
                        ('digest', models.CharField(max_length=71, unique=True)),
                        ('expires_at', models.DateTimeField()),
                        ('revoked_at', models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='Enterprise',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='enterprises', to='people.organisation')),
                        ('own', models.BooleanField(default=False)),
                        ('name', models.CharField(max_length=200, verbose_name='name')),
                        ('country', models.CharField(blank=True, help_text='Two letters, e.g. NL', max_length=2, verbose_name='country')),
                        ('registration_number', models.CharField(blank=True, max_length=40, verbose_name='registration number')),
                        ('kind', models.CharField(choices=[('enterprise', 'Enterprise'), ('person', 'Natural person, or a family acting together'), ('public_body', 'Public body'), ('small_authority', 'Municipality with under 5,000 people and a budget under EUR 10 million'), ('university', 'University or research centre without profit aim'), ('public_investor', 'Public investment corporation'), ('venture_capital', 'Venture capital company'), ('business_angel', 'Business angel who put in less than EUR 1,250,000'), ('institutional', 'Institutional investor or regional development fund')], default='enterprise', max_length=20, verbose_name='kind')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(condition=models.Q(('own', True)), fields=('organisation',), name='one_own_enterprise_an_organisation')],
                    },
                ),
                migrations.CreateModel(
                    name='YearlyAccounts',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('enterprise', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to='people.enterprise')),
                        ('year', models.PositiveSmallIntegerField(verbose_name='year')),
                        ('staff_hundredths', models.BigIntegerField()),
                        ('turnover_eur', models.BigIntegerField(verbose_name='yearly turnover in euro')),
                        ('balance_eur', models.BigIntegerField(verbose_name='balance sheet total in euro')),
                        ('consolidated', models.BooleanField(default=False)),
                        ('estimate', models.BooleanField(default=False)),
                        ('source', models.CharField(choices=[('declared', 'Declared by the organisation'), ('registered', 'Read from a public register')], default='declared', max_length=10)),
                        ('reference', models.CharField(blank=True, max_length=200, verbose_name='reference in the register')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('enterprise', 'year'), name='accounts_once_a_year'), models.CheckConstraint(condition=models.Q(('balance_eur__gte', 0), ('staff_hundredths__gte', 0), ('turnover_eur__gte', 0)), name='accounts_not_below_zero')],
                    },
                ),
                migrations.CreateModel(
                    name='Shareholding',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='people.enterprise')),
                        ('held', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='held_by', to='people.enterprise')),
                        ('capital', models.PositiveIntegerField(verbose_name='capital')),
                        ('votes', models.PositiveIntegerField(verbose_name='votes')),
                        ('control', models.BooleanField(default=False)),
                        ('same_market', models.BooleanField(default=False)),
                        ('ended_at', models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('owner', 'held'), name='one_holding_a_pair'), models.CheckConstraint(condition=models.Q(('capital__lte', 10000), ('votes__lte', 10000)), name='no_more_than_all')],
                    },
                ),
                migrations.CreateModel(
                    name='Involvement',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('subject', models.CharField(help_text='The duty, by the permission of its mandate', max_length=60)),
                        ('scope', models.CharField(blank=True, max_length=60)),
                        ('part', models.CharField(choices=[('responsible', 'Responsible'), ('consulted', 'Consulted'), ('informed', 'Informed')], max_length=12, verbose_name='part')),
                        ('function', models.CharField(help_text='Shown in public', max_length=120, verbose_name='function')),
                        ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='involvements', to=settings.AUTH_USER_MODEL)),
                        ('since', models.DateTimeField()),
                        ('until', models.DateTimeField(null=True)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(condition=models.Q(('until', None)), fields=('subject', 'scope', 'part', 'function'), name='one_open_involvement')],
                    },
                ),
                migrations.CreateModel(
                    name='Partner',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('organisation', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='partnership', to='people.organisation')),
                        ('function', models.CharField(max_length=120, verbose_name='function in the consortium')),
                        ('since', models.DateField(verbose_name='since')),
                        ('until', models.DateField(blank=True, null=True, verbose_name='until')),
                    ],
                    options={
                        'constraints': [models.CheckConstraint(condition=models.Q(('until', None), ('until__gte', models.F('since')), _connector='OR'), name='partner_leaves_after_joining')],
                    },
                ),
                migrations.CreateModel(
                    name='PartnerAgreement',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('title', models.CharField(max_length=200, verbose_name='title')),
                        ('kind', models.CharField(choices=[('consortium', 'Consortium agreement'), ('hosting', 'Hosting of the supercomputer'), ('funding', 'Funding'), ('data', 'Data'), ('services', 'Services')], max_length=12, verbose_name='kind of agreement')),
                        ('document_digest', models.CharField(max_length=71)),
                        ('starts_on', models.DateField(verbose_name='from')),
                        ('ends_on', models.DateField(blank=True, null=True, verbose_name='until and including')),
                        ('terms', models.TextField(blank=True, verbose_name='what was agreed, in short (public)')),
                    ],
                    options={
                        'constraints': [models.CheckConstraint(condition=models.Q(('ends_on', None), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='agreement_ends_after_start')],
                    },
                ),
                migrations.CreateModel(
                    name='Party',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parties', to='people.partneragreement')),
                        ('partner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parties', to='people.partner')),
                        ('signed_on', models.DateField(blank=True, null=True, verbose_name='signed on')),
                        ('signatory', models.CharField(blank=True, max_length=120, verbose_name='who signed')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('agreement', 'partner'), name='party_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Contribution',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('partner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contributions', to='people.partner')),
                        ('agreement', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='contributions', to='people.partneragreement')),
                        ('kind', models.CharField(choices=[('money', 'Money'), ('staff', 'Staff'), ('data', 'Data'), ('housing', 'Housing')], max_length=10, verbose_name='kind of contribution')),
                        ('description', models.CharField(max_length=200, verbose_name='what it is (public)')),
                        ('promised', models.BigIntegerField()),
                        ('due_on', models.DateField(blank=True, null=True, verbose_name='due on')),
                    ],
                    options={
                        'constraints': [models.CheckConstraint(condition=models.Q(('promised__gt', 0)), name='something_is_promised')],
                    },
                ),
                migrations.CreateModel(
                    name='Delivery',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('contribution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='people.contribution')),
                        ('amount', models.BigIntegerField()),
                        ('delivered_on', models.DateField(verbose_name='delivered on')),
                        ('evidence', models.CharField(max_length=200, verbose_name='what shows it')),
                    ],
                    options={
                        'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='something_is_delivered')],
                    },
                ),
                migrations.CreateModel(
                    name='SshKey',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ssh_keys', to=settings.AUTH_USER_MODEL)),
                        ('label', models.CharField(max_length=80)),
                        ('kind', models.CharField(max_length=40)),
                        ('content', models.TextField()),
                        ('fingerprint', models.CharField(max_length=60)),
                        ('removed_at', models.DateTimeField(null=True)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(condition=models.Q(('removed_at', None)), fields=('fingerprint',), name='a_key_is_of_one_person')],
                    },
                ),
                migrations.CreateModel(
                    name='Acceptance',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='acceptances', to='people.organisation')),
                        ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='acceptances', to=settings.AUTH_USER_MODEL)),
                        ('text', models.CharField(max_length=60)),
                        ('version', models.PositiveSmallIntegerField()),
                        ('text_digest', models.CharField(max_length=71)),
                        ('language', models.CharField(blank=True, help_text='The language in which it was read', max_length=5)),
                        ('paper_digest', models.CharField(blank=True, help_text='Digest of the signed document, where it was signed on paper', max_length=71)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('organisation', 'text', 'version'), name='accepted_once'), models.CheckConstraint(condition=models.Q(('user__isnull', False), models.Q(('paper_digest', ''), _negated=True), _connector='OR'), name='accepted_by_somebody_or_on_paper')],
                    },
                ),
                migrations.CreateModel(
                    name='Suspension',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('subject', models.CharField(db_index=True, help_text='Kind and id of who is suspended', max_length=80)),
                        ('ground', models.CharField(choices=[('terms', 'The terms of use were broken'), ('declaration', 'A declaration was untrue, or is no longer true'), ('sanctions', 'Sanctions or export control'), ('security', 'A danger to security'), ('payment', 'Invoices were not paid'), ('report', 'A report that was due was not handed in'), ('request', 'At their own request')], max_length=12, verbose_name='ground')),
                        ('reasons', models.TextField(verbose_name='reasons')),
                        ('mandate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='suspensions', to='people.mandate')),
                        ('state', models.CharField(choices=[('in_force', 'In force'), ('lifted', 'Lifted')], default='in_force', max_length=10)),
                        ('lifted_at', models.DateTimeField(null=True)),
                        ('lift_reasons', models.TextField(blank=True, verbose_name='reasons for lifting it')),
                        ('lift_mandate', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='liftings', to='people.mandate')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'in_force')), fields=('subject',), name='suspended_once_at_a_time')],
                    },
                ),
            ],
        ),
    ]
