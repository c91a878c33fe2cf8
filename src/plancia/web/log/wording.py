"""What an action of the trail is called; what is not here is shown by its own name."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ACTIONS: dict[str, str | Promise] = {
    "organization.founded": _("Organization founded"),
    "organization.changed": _("Organization changed"),
    "organization.second_factor_required": _("Second factor required"),
    "organization.second_factor_waived": _("Second factor no longer required"),
    "member.joined": _("Member joined"),
    "member.changed": _("Role changed"),
    "member.blocked": _("Member blocked"),
    "member.unblocked": _("Member let in again"),
    "member.removed": _("Member removed"),
    "member.product_granted": _("Right granted"),
    "member.product_withdrawn": _("Right taken away"),
    "team.formed": _("Team formed"),
    "team.renamed": _("Team renamed"),
    "team.dissolved": _("Team dissolved"),
    "team.member_added": _("Member added to a team"),
    "team.member_removed": _("Member taken out of a team"),
    "team.product_granted": _("Right granted to a team"),
    "team.product_withdrawn": _("Right taken from a team"),
    "invitation.sent": _("Invitation sent"),
    "invitation.sent_again": _("Invitation sent again"),
    "invitation.changed": _("Invitation changed"),
    "invitation.cancelled": _("Invitation cancelled"),
    "invitation.accepted": _("Invitation accepted"),
    "staff.looked_in": _("Staff looked at the console"),
    "staff.look_ended": _("Staff stopped looking"),
    "staff.sessions_ended": _("Staff ended the sessions of a member"),
    "staff.password_required": _("Staff required a new password of a member"),
    "transfer.offered": _("Transfer of products offered"),
    "transfer.cancelled": _("Transfer of products taken back"),
    "transfer.accepted": _("Transfer of products accepted"),
    "transfer.done": _("Products handed over"),
    "transfer.received": _("Products received"),
    "order.placed": _("Order placed"),
    "subscription.taken": _("Product ordered"),
    "subscription.cancelled": _("Product cancelled"),
    "subscription.kept": _("Cancellation taken back"),
    "invoice.issued": _("Invoice issued"),
    "prepaid.spent": _("Paid with the prepaid account"),
}


def words(action: str) -> str | Promise:
    """Return what an action is called."""
    return ACTIONS.get(action, action)
