from django.db import migrations

from plancia.kernel import protection


class Migration(migrations.Migration):
    dependencies = [("organizations", "0001_initial")]

    operations = [
        # A user sees the organizations of his memberships, and the one he is in.
        protection.Protect(
            "organizations_membership",
            f"organization_id = {protection.ORGANIZATION} or user_id = {protection.USER}",
            f"organization_id = {protection.ORGANIZATION}",
        ),
        protection.Protect(
            "organizations_organization",
            f"id = {protection.ORGANIZATION} or id = any (array(select m.organization_id"  # noqa: S608  (constants of ours)
            f" from organizations_membership m where m.user_id = {protection.USER}))",
            f"id = {protection.ORGANIZATION}",
        ),
        # With his membership, a user sees what it grants him: who asks is known before the organization is entered.
        protection.Protect(
            "organizations_product_right",
            f"organization_id = {protection.ORGANIZATION} or membership_id = any (array(select m.id"  # noqa: S608  (constants of ours)
            f" from organizations_membership m where m.user_id = {protection.USER}))",
            f"organization_id = {protection.ORGANIZATION}",
        ),
        # Nobody can remove or demote the last owner. The organization's row is locked first, so that of two owners who
        # remove each other at once, the second is refused.
        migrations.RunSQL(
            """
            create function keep_an_owner() returns trigger language plpgsql as $$
            begin
                perform from organizations_organization where id = old.organization_id for no key update;
                if not exists (
                    select from organizations_membership
                    where organization_id = old.organization_id and role = 'owner'
                ) then
                    raise exception 'organization % would be left without an owner', old.organization_id
                        using errcode = 'restrict_violation', constraint = 'membership_last_owner';
                end if;
                return null;
            end $$;
            create trigger keep_an_owner after delete on organizations_membership
                for each row when (old.role = 'owner') execute function keep_an_owner();
            create trigger keep_an_owner_in_place after update on organizations_membership
                for each row when (old.role = 'owner' and
                    (new.role <> 'owner' or new.organization_id <> old.organization_id))
                execute function keep_an_owner();
            """,
            "drop trigger keep_an_owner on organizations_membership;"
            "drop trigger keep_an_owner_in_place on organizations_membership;"
            "drop function keep_an_owner();",
        ),
    ]
