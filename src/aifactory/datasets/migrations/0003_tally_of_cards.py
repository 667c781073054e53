from django.db import migrations, models

from aifactory.datasets.search.tally import KeepTally


class Migration(migrations.Migration):

    dependencies = [
        ('datasets', '0002_named_persons'),
    ]

    operations = [
        migrations.CreateModel(
            name='Tally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('theme', models.CharField(blank=True, max_length=12)),
                ('access', models.CharField(max_length=10)),
                ('source', models.CharField(blank=True, max_length=40)),
                ('number', models.IntegerField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('theme', 'access', 'source'), name='one_tally_of_a_kind')],
            },
        ),
        migrations.RemoveIndex(
            model_name='card',
            name='card_facets',
        ),
        migrations.AddIndex(
            model_name='card',
            index=models.Index(fields=['theme', 'key'], name='card_theme_key'),
        ),
        migrations.AddIndex(
            model_name='card',
            index=models.Index(fields=['access', 'key'], name='card_access_key'),
        ),
        migrations.AddIndex(
            model_name='card',
            index=models.Index(fields=['source', 'key'], name='card_source_key'),
        ),
        KeepTally(),
    ]
