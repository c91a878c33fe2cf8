from django.db import migrations

# A partner looks into many organizations at once; row-level security knows one at a time. So the database enters each
# in turn, for the length of one statement, and only where the membership of who asks lets her: the function has no more
# rights than its caller. Which roles see what is told by the caller, from the one table.
CLIENTS = """
create function subscriptions_of_clients(
    keys uuid[], asked_at timestamptz, soon timestamptz,
    sees_all_products text[], sees_billing text[], may_have_billing text[]
) returns table (organization_id uuid, products bigint, due bigint, expiring bigint, broken bigint)
language plpgsql as $$
declare
    asked_for text := current_setting('app.org', true);
    client record;
begin
    for client in
        select m.organization_id as id, m.id as membership, m.role = any (sees_all_products) as sees_all,
            m.role = any (sees_billing) or (m.has_billing and m.role = any (may_have_billing)) as sees_money
        from organizations_membership m
        where m.user_id = (select nullif(current_setting('app.user', true), '')::uuid)
            and m.organization_id = any (keys) and m.blocked_at is null
    loop
        perform set_config('app.org', client.id::text, true);
        return query
            select client.id, count(*),
                count(*) filter (where p.is_due and not p.is_broken),
                count(*) filter (where p.is_expiring and not p.is_broken and not p.is_due),
                count(*) filter (where p.is_broken)
            from (
                select s.state in ('restricted', 'suspended') as is_broken,
                    client.sees_money and exists (
                        select from subscriptions_term t
                        where t.subscription_id = s.id and t.paid_at is null and t.withdrawn_at is null
                            and t.invoice <> ''
                    ) as is_due,
                    exists (
                        select from subscriptions_cancellation c
                        where c.subscription_id = s.id and c.ended_at is null and c.withdrawn_at is null
                            and c.effective_at <= soon
                    ) as is_expiring
                from subscriptions_subscription s
                where s.organization_id = client.id and s.state <> 'terminated'
                    and (client.sees_all or exists (
                        select from organizations_product_right r
                        where (r.expires_at is null or r.expires_at > asked_at)
                            and (r.product_id = s.id or r.product_type = s.product_type)
                            and (r.membership_id = client.membership or r.team_id in (
                                select tm.team_id from organizations_team_member tm
                                where tm.membership_id = client.membership))
                    ))
            ) p;
    end loop;
    perform set_config('app.org', coalesce(asked_for, ''), true);
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0008_calendar"), ("organizations", "0005_invitations")]

    operations = [
        migrations.RunSQL(
            CLIENTS,
            "drop function subscriptions_of_clients(uuid[], timestamptz, timestamptz, text[], text[], text[])",
        )
    ]
