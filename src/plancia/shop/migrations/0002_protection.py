from django.db import migrations

from plancia.kernel import protection


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]

    operations = [
        protection.Protect("shop_order"),
        protection.Protect("shop_order_line"),
        protection.Protect("shop_order_payment"),
        migrations.RunSQL("create sequence shop_order_number start 100001", "drop sequence shop_order_number"),
    ]
