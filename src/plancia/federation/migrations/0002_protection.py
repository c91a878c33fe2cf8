from django.db import migrations

from plancia.kernel import protection

# Apps are registered by staff; the web reads them.
RULES = """
do $$
begin
    if exists (select from pg_roles where rolname = 'plancia_app') then
        revoke insert, update, delete on allauth_idp_oidc_client from plancia_app;
    end if;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("federation", "0001_initial"),
        ("allauth_idp_oidc", "0003_client_allow_uri_wildcards"),
    ]

    operations = [
        protection.Protect("federation_consent", f"user_id = {protection.USER}"),
        migrations.RunSQL(RULES, migrations.RunSQL.noop),
    ]
