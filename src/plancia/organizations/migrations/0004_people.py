import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Lower

import plancia.kernel.ids
from plancia.kernel import protection

MINE = f"(select m.id from organizations_membership m where m.user_id = {protection.USER})"  # noqa: S608

MY_TEAMS = f"(select t.team_id from organizations_team_member t where t.membership_id = any (array{MINE}))"  # noqa: S608

# A blocked member finds nothing: what she sees across organizations hangs on this policy.
POLICIES = f"""
alter policy tenant on organizations_membership
    using (organization_id = {protection.ORGANIZATION} or (user_id = {protection.USER} and blocked_at is null));
alter policy tenant on organizations_product_right
    using (organization_id = {protection.ORGANIZATION} or membership_id = any (array{MINE})
        or team_id = any (array{MY_TEAMS}));
"""  # noqa: S608  (constants of ours)

# An owner who is blocked cannot come in, so she does not count.
LAST_OWNER = """
create or replace function keep_an_owner() returns trigger language plpgsql as $$
begin
    perform from organizations_organization where id = old.organization_id for no key update;
    if not exists (
        select from organizations_membership
        where organization_id = old.organization_id and role = 'owner' and blocked_at is null
    ) then
        raise exception 'organization % would be left without an owner', old.organization_id
            using errcode = 'restrict_violation', constraint = 'membership_last_owner';
    end if;
    return null;
end $$;
drop trigger keep_an_owner_in_place on organizations_membership;
create trigger keep_an_owner_in_place after update on organizations_membership
    for each row when (old.role = 'owner' and old.blocked_at is null and
        (new.role <> 'owner' or new.organization_id <> old.organization_id or new.blocked_at is not null))
    execute function keep_an_owner();
"""


def key():
    return models.UUIDField(default=plancia.kernel.ids.new, editable=False, primary_key=True, serialize=False)


def to(model, **kwargs):
    return models.ForeignKey(to=f"organizations.{model}", **{"on_delete": django.db.models.deletion.PROTECT, **kwargs})


CASCADE = django.db.models.deletion.CASCADE


class Migration(migrations.Migration):
    dependencies = [("organizations", "0003_italian_codes")]

    operations = [
        migrations.AddField("membership", "is_partner", models.BooleanField(default=False)),
        migrations.AddField("membership", "blocked_at", models.DateTimeField(null=True)),
        migrations.CreateModel(
            name="Team",
            fields=[
                ("id", key()),
                ("name", models.CharField(max_length=80)),
                ("created_at", models.DateTimeField()),
                ("organization", to("organization")),
            ],
            options={"db_table": "organizations_team"},
        ),
        migrations.CreateModel(
            name="TeamMember",
            fields=[
                ("id", key()),
                ("organization", to("organization")),
                ("team", to("team", on_delete=CASCADE, related_name="members")),
                ("membership", to("membership", on_delete=CASCADE, related_name="teams")),
            ],
            options={"db_table": "organizations_team_member"},
        ),
        migrations.AddConstraint(
            "team", models.UniqueConstraint(models.F("organization"), Lower("name"), name="team_name_once")
        ),
        migrations.AddConstraint(
            "teammember", models.UniqueConstraint(fields=("membership", "team"), name="team_member_once")
        ),
        migrations.RemoveConstraint("productright", "product_right_once"),
        migrations.AlterField(
            "productright",
            "membership",
            to("membership", on_delete=CASCADE, null=True, related_name="product_rights"),
        ),
        migrations.AddField(
            "productright", "team", to("team", on_delete=CASCADE, null=True, related_name="product_rights")
        ),
        migrations.AddField("productright", "expires_at", models.DateTimeField(null=True)),
        migrations.AddConstraint(
            "productright",
            models.CheckConstraint(
                condition=models.Q(membership=None, team__isnull=False) | models.Q(membership__isnull=False, team=None),
                name="product_right_one_holder",
            ),
        ),
        migrations.AddConstraint(
            "productright",
            models.UniqueConstraint(
                fields=("membership", "team", "product_id", "product_type"),
                name="product_right_once",
                nulls_distinct=False,
            ),
        ),
        protection.Protect("organizations_team"),
        # Before she enters, a user sees which teams she is in: what they grant her is read with her membership.
        protection.Protect(
            "organizations_team_member",
            f"organization_id = {protection.ORGANIZATION} or membership_id = any (array{MINE})",
            f"organization_id = {protection.ORGANIZATION}",
        ),
        migrations.RunSQL(POLICIES, migrations.RunSQL.noop),
        migrations.RunSQL(LAST_OWNER, migrations.RunSQL.noop),
    ]
