from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_protection")]

    operations = [
        migrations.AddField("producttype", "minimums", models.JSONField(db_default={}, default=dict)),
        migrations.AddField("producttype", "months_ahead", models.IntegerField(db_default=36, default=36)),
    ]
