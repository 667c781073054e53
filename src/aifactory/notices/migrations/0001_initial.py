import aifactory.audit.create_models
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '__first__'),
    ]

    operations = [
        aifactory.audit.create_models.CreateModels(
            models=[
                migrations.CreateModel(
                    name='Notice',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to=settings.AUTH_USER_MODEL)),
                        ('cause', models.CharField(help_text='the event or the deadline it comes from', max_length=120)),
                        ('kind', models.CharField(help_text='the line of the table that it was made by', max_length=60)),
                        ('thing', models.CharField(help_text='the record it is about: room.model:id', max_length=80)),
                        ('link', models.CharField(max_length=200)),
                        ('subject', models.CharField(help_text='what it is about: a title', max_length=200)),
                        ('created_at', models.DateTimeField()),
                        ('read_at', models.DateTimeField(null=True)),
                        ('channel', models.CharField(choices=[('mail', 'A mail of its own'), ('digest', 'In a summary'), ('desk', 'On the desk only')], default='mail', max_length=6)),
                        ('mailed_at', models.DateTimeField(null=True)),
                        ('refused_at', models.DateTimeField(help_text='when the mail server refused the address for good', null=True)),
                        ('tries', models.PositiveSmallIntegerField(default=0)),
                        ('try_at', models.DateTimeField(help_text='when it may be mailed (again)')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['mailed_at', 'channel', 'try_at'], name='notices_not_mailed__f83728_idx')],
                        'constraints': [models.UniqueConstraint(fields=('user', 'cause'), name='one_notice_a_cause')],
                    },
                ),
                migrations.CreateModel(
                    name='Wish',
                    fields=[
                        ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='wish', serialize=False, to=settings.AUTH_USER_MODEL)),
                        ('rhythm', models.CharField(choices=[('at_once', 'At once, one mail each'), ('daily', 'One summary a day'), ('weekly', 'One summary a week')], default='at_once', max_length=10)),
                        ('hour', models.PositiveSmallIntegerField(default=8, help_text="of the factory's local day, 0-23")),
                        ('weekday', models.PositiveSmallIntegerField(default=0, help_text='0 is Monday')),
                        ('quiet', models.JSONField(default=list, help_text='topics that are not mailed')),
                    ],
                    options={
                        'constraints': [models.CheckConstraint(condition=models.Q(('hour__lte', 23), ('weekday__lte', 6)), name='an_hour_of_a_week')],
                    },
                ),
                migrations.CreateModel(
                    name='Feed',
                    fields=[
                        ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='feed', serialize=False, to=settings.AUTH_USER_MODEL)),
                        ('digest', models.CharField(max_length=71, unique=True)),
                        ('made_at', models.DateTimeField()),
                    ],
                ),
                migrations.CreateModel(
                    name='Bookmark',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('position', models.BigIntegerField(default=0, help_text='position of the next seal')),
                        ('reminded_at', models.DateTimeField(null=True)),
                    ],
                ),
            ],
        ),
    ]
