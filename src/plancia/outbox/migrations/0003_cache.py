from django.db import migrations


class Migration(migrations.Migration):
    """The cache's table, which Django otherwise makes by a command of its own. Shared by all processes."""

    dependencies = [("outbox", "0002_protection")]

    operations = [
        migrations.RunSQL(
            "create table plancia_cache (cache_key varchar(255) primary key, value text not null,"
            " expires timestamptz not null); create index plancia_cache_expires on plancia_cache (expires);",
            "drop table plancia_cache",
        )
    ]
