import aifactory.audit.create_models
import django.db.models.deletion
import django.db.models.expressions
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
                    name='Project',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('title', models.CharField(max_length=200, verbose_name='title')),
                        ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='projects', to='people.organisation')),
                        ('leader', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='led_projects', to=settings.AUTH_USER_MODEL)),
                        ('application', models.CharField(blank=True, db_index=True, help_text='Id of the application', max_length=40)),
                        ('purpose', models.CharField(blank=True, help_text='What data may be used for', max_length=80)),
                        ('state', models.CharField(choices=[('active', 'Active'), ('suspended', 'Suspended'), ('closed', 'Closed')], default='active', max_length=12)),
                        ('ends_at', models.DateTimeField()),
                    ],
                    options={
                        'indexes': [models.Index(fields=['organisation', 'id'], name='awards_proj_organis_2d9a04_idx')],
                        'constraints': [models.UniqueConstraint(condition=models.Q(('application', ''), _negated=True), fields=('application',), name='one_project_an_application')],
                    },
                ),
                migrations.CreateModel(
                    name='ProjectMember',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='awards.project')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='project_memberships', to=settings.AUTH_USER_MODEL)),
                        ('until', models.DateTimeField(null=True)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(condition=models.Q(('until', None)), fields=('project', 'user'), name='once_in_a_project')],
                    },
                ),
                migrations.CreateModel(
                    name='AwardLine',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='awards.project')),
                        ('resource', models.CharField(choices=[('gpu', 'GPU time'), ('core', 'Core time'), ('storage', 'Storage'), ('advice', 'Adviser time')], max_length=10)),
                        ('amount', models.BigIntegerField()),
                        ('held', models.BigIntegerField(default=0)),
                        ('drawn', models.BigIntegerField(default=0)),
                        ('starts_at', models.DateTimeField()),
                        ('ends_at', models.DateTimeField()),
                    ],
                    options={
                        'constraints': [models.CheckConstraint(condition=models.Q(('held__gte', 0), ('drawn__gte', 0), ('amount__gte', django.db.models.expressions.CombinedExpression(models.F('held'), '+', models.F('drawn')))), name='never_more_than_awarded'), models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='award_ends_after_start'), models.UniqueConstraint(fields=('project', 'resource', 'starts_at'), name='one_line_a_resource_and_start')],
                    },
                ),
                migrations.CreateModel(
                    name='Hold',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='awards.awardline')),
                        ('key', models.CharField(max_length=80, unique=True)),
                        ('amount', models.BigIntegerField()),
                        ('drawn', models.BigIntegerField(default=0)),
                        ('state', models.CharField(choices=[('held', 'Set aside'), ('settled', 'Settled')], default='held', max_length=10)),
                        ('settled_at', models.DateTimeField(help_text='When it was billed: in this period it counts', null=True)),
                    ],
                    options={
                        'constraints': [models.CheckConstraint(condition=models.Q(('amount__gte', models.F('drawn'))), name='draw_within_hold')],
                    },
                ),
                migrations.CreateModel(
                    name='Customer',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('organisation', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='customer', to='people.organisation')),
                        ('vat_number', models.CharField(blank=True, max_length=20, verbose_name='VAT number')),
                        ('street', models.CharField(max_length=120, verbose_name='street and number')),
                        ('postcode', models.CharField(max_length=20, verbose_name='postcode')),
                        ('city', models.CharField(max_length=80, verbose_name='city')),
                        ('endpoint_scheme', models.CharField(default='EM', help_text='EM: e-mail; 0106: KvK number', max_length=4, verbose_name='kind of electronic address')),
                        ('endpoint', models.CharField(max_length=120, verbose_name='electronic address for invoices')),
                        ('buyer_reference', models.CharField(help_text='Stands on every invoice, e.g. an order number', max_length=80, verbose_name='your reference')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='PaidLine',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('line', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='paid', to='awards.awardline')),
                        ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='awards.customer')),
                        ('prices', models.CharField(max_length=60)),
                        ('prices_digest', models.CharField(max_length=71)),
                        ('mandate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sales', to='people.mandate')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='Invoice',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('number', models.CharField(max_length=20, unique=True)),
                        ('year', models.PositiveSmallIntegerField()),
                        ('ordinal', models.PositiveIntegerField()),
                        ('kind', models.CharField(choices=[('380', 'Invoice'), ('381', 'Credit note')], default='380', max_length=3)),
                        ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='awards.customer')),
                        ('period_start', models.DateField()),
                        ('period_end', models.DateField(help_text='The last day')),
                        ('issued_on', models.DateField()),
                        ('due_on', models.DateField()),
                        ('currency', models.CharField(max_length=3)),
                        ('net_cents', models.BigIntegerField()),
                        ('vat_cents', models.BigIntegerField()),
                        ('gross_cents', models.BigIntegerField()),
                        ('content', models.JSONField()),
                        ('mandate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='people.mandate')),
                        ('credits', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='credited_by', to='awards.invoice')),
                        ('reasons', models.TextField(blank=True, help_text='Why an invoice was taken back')),
                        ('paid_on', models.DateField(null=True)),
                        ('state', models.CharField(choices=[('issued', 'To be paid'), ('paid', 'Paid'), ('credited', 'Taken back')], default='issued', max_length=10)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('year', 'ordinal'), name='one_number_once'), models.CheckConstraint(condition=models.Q(('gross_cents', django.db.models.expressions.CombinedExpression(models.F('net_cents'), '+', models.F('vat_cents')))), name='gross_is_net_and_vat'), models.CheckConstraint(condition=models.Q(models.Q(('credits', None), ('kind', '380')), models.Q(('credits__isnull', False), ('kind', '381')), _connector='OR'), name='credit_notes_credit_something')],
                    },
                ),
                migrations.CreateModel(
                    name='InvoicedHold',
                    fields=[
                        ('hold', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='invoiced', serialize=False, to='awards.hold')),
                        ('invoice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='awards.invoice')),
                    ],
                ),
                migrations.CreateModel(
                    name='NumberSeries',
                    fields=[
                        ('year', models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                        ('last', models.PositiveIntegerField(default=0)),
                    ],
                ),
                migrations.CreateModel(
                    name='AwardChange',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='awards.awardline')),
                        ('kind', models.CharField(choices=[('longer', 'Runs longer'), ('less', 'Made smaller')], max_length=10)),
                        ('before', models.CharField(max_length=40)),
                        ('after', models.CharField(max_length=40)),
                        ('reasons', models.CharField(max_length=4000)),
                        ('mandate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='award_changes', to='people.mandate')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='RampPlan',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('line', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='ramp_plan', to='awards.awardline')),
                        ('months', models.JSONField(help_text='Month (2026-11) to whole base units')),
                        ('why', models.CharField(max_length=1000)),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='PaceWarning',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pace_warnings', to='awards.awardline')),
                        ('kind', models.CharField(choices=[('slow', 'Behind'), ('idle', 'Not used'), ('fast', 'Used up early')], max_length=8)),
                        ('policy', models.CharField(max_length=40)),
                        ('figures', models.JSONField()),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='Reclaim',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reclaims', to='awards.awardline')),
                        ('amount', models.BigIntegerField()),
                        ('policy', models.CharField(max_length=40)),
                        ('policy_digest', models.CharField(max_length=71)),
                        ('figures', models.JSONField(help_text='What the proposal rests on')),
                        ('answer_until', models.DateTimeField()),
                        ('answer', models.CharField(blank=True, max_length=4000)),
                        ('answered_at', models.DateTimeField(null=True)),
                        ('reasons', models.CharField(blank=True, max_length=4000)),
                        ('mandate', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reclaims', to='people.mandate')),
                        ('decided_at', models.DateTimeField(null=True)),
                        ('objection', models.CharField(blank=True, max_length=4000)),
                        ('objected_at', models.DateTimeField(null=True)),
                        ('hearing', models.CharField(blank=True, max_length=4000)),
                        ('ruling', models.CharField(blank=True, help_text='The reasons of the ruling', max_length=4000)),
                        ('restored', models.BigIntegerField(null=True)),
                        ('ruled_at', models.DateTimeField(null=True)),
                        ('ruling_mandate', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='rulings_on_reclaims', to='people.mandate')),
                        ('state', models.CharField(choices=[('proposed', 'Proposed'), ('confirmed', 'Taken back'), ('dropped', 'Dropped')], default='proposed', max_length=10)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'proposed')), fields=('line',), name='one_reclaim_at_a_time')],
                    },
                ),
                migrations.CreateModel(
                    name='PoolCredit',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credits', to='awards.awardline')),
                        ('resource', models.CharField(max_length=10)),
                        ('amount', models.BigIntegerField()),
                        ('left', models.BigIntegerField()),
                        ('source', models.CharField(choices=[('returned', 'Given back'), ('reclaimed', 'Taken back')], max_length=10)),
                        ('reclaim', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='credit', to='awards.reclaim')),
                        ('reasons', models.CharField(blank=True, max_length=1000)),
                        ('usable_until', models.DateTimeField()),
                    ],
                    options={
                        'indexes': [models.Index(fields=['resource', 'usable_until'], name='awards_pool_resourc_0124b1_idx')],
                        'constraints': [models.CheckConstraint(condition=models.Q(('left__gte', 0), ('amount__gte', models.F('left')), ('amount__gt', 0)), name='never_more_than_came_back')],
                    },
                ),
                migrations.CreateModel(
                    name='PoolWish',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='wishes', to='awards.awardline')),
                        ('amount', models.BigIntegerField()),
                        ('why', models.CharField(max_length=1000)),
                        ('granted', models.BigIntegerField(default=0)),
                        ('out_of_turn', models.BooleanField(default=False)),
                        ('reasons', models.CharField(blank=True, max_length=4000)),
                        ('mandate', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='pool_wishes', to='people.mandate')),
                        ('decided_at', models.DateTimeField(null=True)),
                        ('state', models.CharField(choices=[('asked', 'Asked'), ('granted', 'Granted'), ('refused', 'Refused'), ('withdrawn', 'Withdrawn')], default='asked', max_length=10)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'asked')), fields=('line',), name='one_wish_at_a_time')],
                    },
                ),
                migrations.CreateModel(
                    name='Lapse',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lapses', to='awards.awardline')),
                        ('credit', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='lapse', to='awards.poolcredit')),
                        ('resource', models.CharField(max_length=10)),
                        ('amount', models.BigIntegerField()),
                        ('ended_at', models.DateTimeField()),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(condition=models.Q(('credit', None)), fields=('line', 'ended_at'), name='a_line_lapses_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Reserve',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('pool', models.CharField(db_index=True, help_text='What it is kept back from: room.model:id', max_length=80)),
                        ('cause', models.CharField(help_text='What it is kept for: room.model:id', max_length=80, unique=True)),
                        ('amounts', models.JSONField(help_text='Resource to whole base units')),
                        ('state', models.CharField(choices=[('kept', 'Kept back'), ('released', 'Released'), ('used', 'Used')], default='kept', max_length=10)),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='AidEntry',
                    fields=[
                        ('id', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('created_at', models.DateTimeField(editable=False)),
                        ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='aid', to='people.organisation')),
                        ('member_state', models.CharField(max_length=2, verbose_name='member state that granted it')),
                        ('granted_on', models.DateField(verbose_name='granted on')),
                        ('cents', models.BigIntegerField()),
                        ('source', models.CharField(choices=[('declared', 'Declared by the organisation'), ('register', 'Read from the central register'), ('here', 'Granted here')], max_length=10)),
                        ('authority', models.CharField(max_length=200, verbose_name='who granted it')),
                        ('measure', models.CharField(blank=True, max_length=200, verbose_name='what for')),
                        ('register_reference', models.CharField(blank=True, max_length=100, verbose_name='reference in the central register')),
                        ('application', models.CharField(blank=True, help_text='Id of the application granted here', max_length=40)),
                        ('state', models.CharField(choices=[('standing', 'Counts'), ('annulled', 'Annulled')], default='standing', max_length=10)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['organisation', 'granted_on'], name='awards_aide_organis_dde464_idx')],
                        'constraints': [models.CheckConstraint(condition=models.Q(('cents__gt', 0)), name='aid_is_worth_something'), models.UniqueConstraint(condition=models.Q(models.Q(('application', ''), _negated=True), ('state', 'standing')), fields=('application',), name='aid_once_an_application')],
                    },
                ),
            ],
        ),
    ]
