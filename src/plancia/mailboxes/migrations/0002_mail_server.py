from django.db import migrations

from plancia.kernel import protection

# Mail servers ask as a role of their own, which sees one view and may call one function, and nothing else. The view is
# the owner's, whom row-level security binds as well: hence a policy for the owner. Source: docs/decisions/0051.
RULES = """
create policy mail_server on mailboxes_mailbox for select to plancia_owner using (true);
create policy mail_server on accounts_application_password to plancia_owner using (true);

create view mail_login as
    select m.address, '' as selector, '{ARGON2ID}' || m.password_hash as password, null::uuid as application
    from mailboxes_mailbox m
    where m.closed_at is null and m.is_served and m.password_hash <> ''
    union all
    select m.address, p.selector, '{SHA256.HEX}' || p.hash, p.id
    from mailboxes_mailbox m
    join accounts_application_password p on p.user_id = m.user_id and p.revoked_at is null
    join accounts_user u on u.id = m.user_id and u.is_active
    where m.closed_at is null and m.is_served;

create function mail_opened(mailbox text, application text) returns table (address text) language sql
    security definer set search_path = public as $$
    update accounts_application_password set last_used_at = now()
        where id::text = application and coalesce(last_used_at, '-infinity') < now() - interval '1 minute';
    select mailbox;
$$;

revoke all on mail_login from plancia_app, plancia_staff;
revoke all on function mail_opened(text, text) from public;
do $$
begin
    if exists (select from pg_roles where rolname = 'plancia_mail') then
        grant select on mail_login to plancia_mail;
        grant execute on function mail_opened(text, text) to plancia_mail;
    end if;
end $$;
"""

UNDO = """
drop function mail_opened(text, text); drop view mail_login;
drop policy mail_server on accounts_application_password; drop policy mail_server on mailboxes_mailbox;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("mailboxes", "0001_initial"),
        ("accounts", "0007_keys_protection"),
    ]

    operations = [
        protection.Protect(
            "mailboxes_mailbox",
            f"organization_id = {protection.ORGANIZATION} or user_id = {protection.USER}",
        ),
        migrations.RunSQL(RULES, UNDO),
    ]
