from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_protection"),
    ]

    operations = [
        migrations.AddField(
            model_name="entry",
            name="is_forgotten",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
