"""URLs of members, teams and rights, below an organization's."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from plancia.web.invitations import views as invitations
from plancia.web.members import rights, views
from plancia.web.teams import views as teams

urlpatterns: list[URLPattern | URLResolver] = [
    path("settings/members/", views.members, name="members"),
    path("settings/members/<mem>/", views.member, name="member"),
    path("settings/members/<mem>/role/", views.member_role, name="member-role"),
    path("settings/members/<mem>/rights/", rights.member_rights, name="member-rights"),
    path("settings/members/<mem>/block/", views.member_block, name="member-block"),
    path("settings/members/<mem>/block/end/", views.member_unblock, name="member-unblock"),
    path("settings/members/<mem>/removal/", views.member_removal, name="member-removal"),
    path("settings/invitations/", invitations.invitations, name="invitations"),
    path("settings/invitations/new/", invitations.new_invitation, name="new-invitation"),
    path("settings/invitations/<ivt>/", invitations.invitation, name="invitation"),
    path("settings/invitations/<ivt>/sending/", invitations.invitation_sending, name="invitation-sending"),
    path(
        "settings/invitations/<ivt>/cancellation/", invitations.invitation_cancellation, name="invitation-cancellation"
    ),
    path("settings/leaving/", views.leaving, name="leaving"),
    path("settings/roles/", views.roles, name="roles"),
    path("settings/teams/", teams.teams, name="teams"),
    path("settings/teams/<tea>/", teams.team, name="team"),
    path("settings/teams/<tea>/members/", teams.team_members, name="team-members"),
    path("settings/teams/<tea>/rights/", rights.team_rights, name="team-rights"),
    path("settings/teams/<tea>/removal/", teams.team_removal, name="team-removal"),
]
