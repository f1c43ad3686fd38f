"""Accounts of the administrators' web: who may do what, when a session ends, what a login still needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.core.accounts.audit_trail import SYSTEM

NAME_REFUSED = (
    "Nama pengguna itu tidak bisa dipakai. Pilih nama lain: 3 sampai 40 karakter dari huruf kecil, angka, titik, atau"
    " tanda hubung."
)
"""For every reason alike: whether another agency has a user of that name is nobody's business."""


class Role(StrEnum):
    """What a user is trusted with; one may hold several."""

    VIEWER = "viewer"
    CURATOR = "curator"
    APPROVER = "approver"
    BROADCASTER = "broadcaster"
    ADMIN = "admin"


class Permission(StrEnum):
    """One thing that a page may need."""

    VIEW = "view"
    """See questions, answers, instruments and the calendar."""
    SEE_COUNTS = "see_counts"
    """See exact counts; without it only figures that anybody may see."""
    EDIT_GUIDANCE = "edit_guidance"
    """Write drafts, label questions, set the calendar, take an instrument out of force."""
    PUBLISH = "publish"
    """Publish what another person wrote, and bring an instrument back into force."""
    BROADCAST = "broadcast"
    """Write campaigns of reminders, start and stop them."""
    REVIEW_CAMPAIGNS = "review_campaigns"
    """See campaigns and their results, and decide about those that another person wrote."""
    MANAGE_USERS = "manage_users"
    READ_AUDIT = "read_audit"


PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset({Permission.VIEW}),
    Role.CURATOR: frozenset({Permission.VIEW, Permission.SEE_COUNTS, Permission.EDIT_GUIDANCE}),
    Role.APPROVER: frozenset({Permission.VIEW, Permission.SEE_COUNTS, Permission.PUBLISH, Permission.REVIEW_CAMPAIGNS}),
    Role.BROADCASTER: frozenset({Permission.VIEW, Permission.BROADCAST, Permission.REVIEW_CAMPAIGNS}),
    Role.ADMIN: frozenset({Permission.VIEW, Permission.SEE_COUNTS, Permission.MANAGE_USERS, Permission.READ_AUDIT}),
}

NATIONAL = frozenset({Permission.EDIT_GUIDANCE, Permission.PUBLISH})
"""What concerns everybody who asks: an agency's people do not have it, whatever their roles."""

NATIONAL_ROLES = frozenset(role for role in Role if PERMISSIONS[role] & NATIONAL)
"""Roles that write or publish what everybody is told; only who has national reach gives them."""

WITH_SECOND_FACTOR = frozenset({Role.APPROVER, Role.BROADCASTER, Role.ADMIN})
"""Roles whose holders must prove a second factor at every login."""


@dataclass(frozen=True, kw_only=True)
class User:
    """One person who may log in."""

    id: str
    """Random."""
    name: str
    """What is typed to log in; lower case, unique."""
    full_name: str
    roles: frozenset[Role]
    agency: str | None
    """The code of the agency that the user is restricted to; None for national reach, which was chosen by name.

    Empty where an agency was lost: that reaches nothing.
    """
    is_disabled: bool
    has_second_factor: bool
    must_change_password: bool
    """Somebody else knows the password."""
    must_renew_factor: bool = False
    """The login was reset: the second factor is set up anew before anything else."""

    def holds(self, permission: Permission) -> bool:
        """Say whether one of the roles gives this permission, wherever it reaches."""
        return any(permission in PERMISSIONS[role] for role in self.roles)

    def may(self, permission: Permission) -> bool:
        """Say whether one of the roles gives this permission, and the user's reach is enough for it."""
        return self.holds(permission) and (self.agency is None or permission not in NATIONAL)

    @property
    def needs_second_factor(self) -> bool:
        """Say whether a login needs a code: by role, or because the user set it up."""
        return self.has_second_factor or self.must_renew_factor or bool(self.roles & WITH_SECOND_FACTOR)


def is_same_agency(one: str | None, other: str | None) -> bool:
    """Say whether two codes mean one agency; a missing one is no agency's."""
    return bool(one) and one == other


def agency_code(written: str, names: Mapping[str, str]) -> str | None:
    """Return the code of the agency that somebody typed, as a code or as a name; None when the list has none.

    Args:
        names: the names of the agencies by code.
    """
    typed = " ".join(written.split()).casefold()
    codes = [code for code in names if code.casefold() == typed]
    named = [code for code, name in names.items() if " ".join(name.split()).casefold() == typed]
    return next(iter(codes or (named if len(named) == 1 else [])), None)


def user_name_problem(name: str) -> str | None:
    """Say in Indonesian what is wrong with a user name, None when it may be used."""
    fits = name != SYSTEM and 3 <= len(name) <= 40 and name.isascii() and name == name.lower()
    if fits and name.replace(".", "").replace("-", "").replace("_", "").isalnum():
        return None
    return NAME_REFUSED


def sorted_roles(roles: frozenset[Role]) -> Sequence[Role]:
    """Return roles in the order in which they are shown."""
    return [role for role in Role if role in roles]
