from __future__ import annotations

from typing import Any, ClassVar

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
