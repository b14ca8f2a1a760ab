"""The accounts of people who work here: their roles, and how somebody gets one."""

from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db import transaction

from jikimi.model.errors import NeedsHuman

COUNSELLOR = "counsellor"
INVESTIGATOR = "investigator"
ADMINISTRATOR = "administrator"
ROLES = (COUNSELLOR, INVESTIGATOR, ADMINISTRATOR)
NOT_A_NAME = "This name is taken or is not a name. Use letters, digits and . - _ only."


def create_user(username: str, *roles: str) -> User:
    """Create an account without a password; `entry.make_link` lets the person in to set one.

    Raises NeedsHuman if the name is taken or not a name, or a role does not exist.
    """
    if not roles or not set(roles) <= set(ROLES):
        raise NeedsHuman(f"A person needs a role. Choose from: {', '.join(ROLES)}.")
    user = User(username=username.strip())
    user.set_unusable_password()
    try:
        user.full_clean()
    except ValidationError as error:
        raise NeedsHuman(
            "This name is taken or is not a name. Use letters, digits and . - _ only."
        ) from error
    with transaction.atomic():
        user.save()
        user.groups.set([Group.objects.get_or_create(name=role)[0] for role in roles])
    return user


def roles_of(user: User) -> tuple[str, ...]:
    """Return a person's roles, in alphabetical order."""
    return tuple(user.groups.order_by("name").values_list("name", flat=True))


def user_named(username: str) -> User:
    """Return the account of this name; NeedsHuman if there is none."""
    user = User.objects.filter(username=username).first()
    if user is None:
        raise NeedsHuman("There is no account of this name. Type: jikimi user list")
    return user
