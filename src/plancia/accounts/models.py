from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from plancia.accounts import staffing
from plancia.accounts.staffing import Duty, StaffRole
from plancia.kernel import transaction
from plancia.kernel.rows import Row


class UserManager(BaseUserManager["User"]):
    """Makes users; the address is the name they sign in with."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """
        Make a user who signs in with `email` and `password`, and whose address somebody vouches for.

        Visitors who sign up prove theirs with a code (plancia.web.accounts). Staff made without `staff_roles` may do
        everything.
        """
        from allauth.account.models import EmailAddress

        if fields.get("is_staff"):
            fields.setdefault("staff_roles", [StaffRole.ADMIN])
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        with transaction.atomic():
            user.save(using=self._db)
            EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(Row, AbstractBaseUser, PermissionsMixin):
    """A person who signs in."""

    prefix = "usr"

    email = models.EmailField(unique=True)
    first_name = models.CharField(max_length=150, blank=True)
    last_name = models.CharField(max_length=150, blank=True)
    language = models.CharField(max_length=5, default="en")
    # Where we write when the login e-mail is out of reach; proven before it is kept.
    recovery_email = models.EmailField(blank=True)
    recovery_phone = models.CharField(max_length=20, blank=True)  # E.164
    is_told_of_sign_ins = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    staff_roles = ArrayField(models.TextField(), default=list, blank=True)  # accounts.staffing.StaffRole
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]  # Row's manager is for plain tables

    class Meta:
        db_table = "accounts_user"
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_once"),
            models.CheckConstraint(
                condition=models.Q(staff_roles__contained_by=["support", "billing", "catalogue", "admin"]),
                name="user_staff_roles",
            ),
        ]

    @property
    def name(self) -> str:
        """First and last name, else the address."""
        return f"{self.first_name} {self.last_name}".strip() or self.email

    @property
    def initials(self) -> str:
        """One or two letters for the avatar."""
        return (self.first_name[:1] + self.last_name[:1]).upper() or self.email[:1].upper()

    @property
    def duties(self) -> frozenset[Duty]:
        """What she may do in the back office: nothing, unless she is staff."""
        return staffing.duties(self.staff_roles) if self.is_staff else frozenset()

    def __str__(self) -> str:
        return self.email


class Activity(Row):
    """What happened to an account, for its user to read: appended only."""

    prefix = "act"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    at = models.DateTimeField()
    action = models.TextField()  # accounts.activity.Action
    ip = models.TextField(blank=True)
    agent = models.TextField(blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        db_table = "accounts_activity"
        indexes = [models.Index(fields=["user", "at"], name="activity_user")]


class Attempts(models.Model):
    """When somebody tried what may be tried so often only, such as a password: see plancia.accounts.guessing."""

    key = models.TextField(primary_key=True)
    most = models.IntegerField()
    times = ArrayField(models.DateTimeField())
    is_refused = models.BooleanField(default=False)
    forget_at = models.DateTimeField()

    class Meta:
        db_table = "accounts_attempts"
        indexes = [models.Index(fields=["forget_at"], name="attempts_forget")]


class AddressChange(Row):
    """
    An address that a user wants to use from now on, until she proves that mail to it reaches her.

    Links are kept as hashes: who reads the table can use none of them.
    """

    prefix = "adr"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    purpose = models.TextField()  # accounts.addresses.Purpose
    old_email = models.EmailField(blank=True)
    new_email = models.EmailField()
    proof_hash = models.CharField(max_length=64, unique=True)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    undo_hash = models.CharField(max_length=64, unique=True, null=True)
    undo_until = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "accounts_address_change"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(purpose__in=["login", "recovery"]), name="address_change_purpose"
            ),
            models.CheckConstraint(
                condition=models.Q(undone_at=None) | models.Q(done_at__isnull=False), name="address_change_undone_done"
            ),
        ]
        indexes = [models.Index(fields=["user", "asked_at"], name="address_change_user")]

    def finish(self, *, at: datetime) -> None:
        """Note that the address is in use."""
        self.done_at = at
        self.save(update_fields=["done_at"])

    def promise_undo(self, *, undo_hash: str, until: datetime) -> None:
        """Keep what undoes the change."""
        self.undo_hash, self.undo_until = undo_hash, until
        self.save(update_fields=["undo_hash", "undo_until"])

    def undo(self, *, at: datetime) -> None:
        """Note that the old address is in use again."""
        self.undone_at = at
        self.save(update_fields=["undone_at"])


class ApplicationPassword(Row):
    """What a mail program signs in with instead of the password. Mail servers read its hash (plancia.mailboxes)."""

    prefix = "app"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    name = models.CharField(max_length=100)
    selector = models.CharField(max_length=6)
    hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "accounts_application_password"
        constraints = [models.UniqueConstraint(fields=["user", "selector"], name="application_password_found_once")]

    def revoke(self, *, at: datetime) -> None:
        """Let it open nothing any more."""
        self.revoked_at = at
        self.save(update_fields=["revoked_at"])


class ApiToken(Row):
    """What a program acts with in a user's name, in one organization. Only its hash is kept."""

    prefix = "tok"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    organization_id = models.UUIDField()
    name = models.CharField(max_length=100)
    scopes = models.JSONField(default=list)  # accounts.api_tokens.Scope
    hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "accounts_api_token"
        constraints = [
            models.CheckConstraint(condition=models.Q(expires_at__gt=models.F("created_at")), name="api_token_expires")
        ]
        indexes = [models.Index(fields=["user"], name="api_token_user")]

    def revoke(self, *, at: datetime) -> None:
        """Let it open nothing any more."""
        self.revoked_at = at
        self.save(update_fields=["revoked_at"])


class Closure(Row):
    """A user's wish to close her account: until `closes_at` she may change her mind."""

    prefix = "cls"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="closures")
    asked_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "accounts_closure"
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(withdrawn_at=None, done_at=None), name="closure_one_wish"
            ),
            models.CheckConstraint(
                condition=models.Q(withdrawn_at=None) | models.Q(done_at=None), name="closure_one_end"
            ),
        ]
        indexes = [
            models.Index(fields=["closes_at"], name="closure_due", condition=models.Q(withdrawn_at=None, done_at=None))
        ]

    def withdraw(self, *, at: datetime) -> None:
        """Keep the account."""
        self.withdrawn_at = at
        self.save(update_fields=["withdrawn_at"])

    def finish(self, *, at: datetime) -> None:
        """Note that the account is closed."""
        self.done_at = at
        self.save(update_fields=["done_at"])


class Export(Row):
    """All that we keep about a user, made by a job: `done` of `parts` are in the archive."""

    prefix = "exp"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    asked_at = models.DateTimeField()
    parts = models.IntegerField()
    done = models.IntegerField(default=0)
    archive = models.BinaryField(null=True)
    made_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "accounts_export"
        indexes = [models.Index(fields=["user", "asked_at"], name="export_user")]
