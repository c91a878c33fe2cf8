from django.db import migrations

from plancia.kernel import protection

# Whose offers a user may order with: those of the organization he is in, and of all for which he may order. So that a
# page can say that an offer belongs to another of his organizations.
MINE = (
    "select m.organization_id from organizations_membership m where m.user_id = "  # noqa: S608  (constants of ours)
    f"{protection.USER} and (m.role in ('owner', 'administrator') or m.has_billing)"
)

COUNT = """
create function count_code_uses() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        raise exception 'a use of a code is given back, not deleted' using errcode = 'restrict_violation';
    elsif tg_op = 'INSERT' then
        update promotions_code set used = used + 1 where id = new.code_id;
    elsif new.code_id <> old.code_id or (old.returned_at is not null and new.returned_at is distinct from old.returned_at)
    then
        raise exception 'a use that was given back stays so' using errcode = 'restrict_violation';
    elsif old.returned_at is null and new.returned_at is not null then
        update promotions_code set used = used - 1 where id = new.code_id;
    end if;
    return coalesce(new, old);
end $$;
create trigger count_code_uses after insert or update or delete on promotions_use
    for each row execute function count_code_uses();
-- What a code counts, only its uses change.
create function keep_code_count() returns trigger language plpgsql as $$
begin
    if new.used <> old.used and pg_trigger_depth() < 2 then
        raise exception 'uses are counted by the database' using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger keep_code_count before update on promotions_code for each row execute function keep_code_count();
"""


class Migration(migrations.Migration):
    dependencies = [("promotions", "0001_initial"), ("organizations", "0002_protection")]

    operations = [
        protection.Protect("promotions_campaign", "true", "false"),
        protection.Protect("promotions_use"),
        protection.Protect(
            "promotions_grant",
            f"organization_id = {protection.ORGANIZATION} or organization_id = any (array({MINE}))",
            f"organization_id = {protection.ORGANIZATION}",
        ),
        migrations.RunSQL(
            COUNT,
            "drop trigger count_code_uses on promotions_use; drop trigger keep_code_count on promotions_code;"
            "drop function count_code_uses(); drop function keep_code_count();",
        ),
    ]
