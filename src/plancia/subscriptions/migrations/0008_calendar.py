from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0007_paying_by_itself")]

    operations = [
        migrations.AddField("renewalpreference", "calendar_key", models.TextField(null=True, unique=True)),
    ]
