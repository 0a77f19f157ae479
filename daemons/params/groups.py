"""Numbered groups that come and go: `StreamProfile.S#` by param.cgi, `MediaClip.M#` by its owner."""

from collections.abc import Iterable, Mapping

from common.errors import Conflict, InvalidValue, NotFound, NotPermitted, NotSupported
from common.params.kinds import Access
from common.params.registry import Template
from daemons.params.change import Change
from daemons.params.sealing import Sealer
from daemons.params.tree import Tree
from daemons.params.updating import about, state_fact, write

HIGHEST_NUMBER = 99
"""Whatever is forced: everybody who lists the parameters reads all of them."""


def add(
    tree: Tree,
    sealer: Sealer,
    template_name: str,
    parent: str,
    values: Mapping[str, str],
    access: Access,
    who: str,
    *,
    force: bool,
) -> tuple[Change, tuple[str, dict[str, str]]]:
    """Return a new group from a template, with its letter and number and the values refused.

    Values are named relative to the group (`Name`) or as param.cgi does (`StreamProfile.S.Name`). A refused value
    leaves the group with the template's default (VAPIX page 2.5).
    """
    template = tree.registry.templates.get(template_name)
    if template is None:
        raise NotFound(f"no template is called '{template_name[:100]}'")
    if parent != template.parent:
        raise InvalidValue(f"the template {template.name} belongs in the group {template.parent}")
    if template.refuse_add:
        raise NotSupported(template.refuse_add)
    if access < template.create:
        raise NotPermitted(
            f"adding to {parent} needs the rights of an {template.create.name.lower()}"
        )
    letter = f"{template.letter}{_free_number(tree, template, force=force)}"
    group = f"{parent}.{letter}"
    change = Change(who, groups_added=[group])
    refused = {}
    for given, text in values.items():
        name = given.removeprefix(f"{parent}.{template.letter}.")
        member = template.member(name)
        try:
            if member is None:
                raise InvalidValue(f"{template.name} has no parameter '{name[:100]}'")
            if member.read_only or access < member.write:
                raise NotPermitted(f"{name} cannot be set")
            with about(name):
                write(change, tree, sealer, f"{group}.{name}", member, text)
        except (InvalidValue, NotPermitted) as error:
            refused[given] = error.message
    for member in template.members:
        change.told.setdefault(f"{group}.{member.name}", member.default)
    return change, (letter, refused)


def remove(
    tree: Tree, groups: Iterable[str], access: Access, who: str
) -> tuple[Change, dict[str, str]]:
    """Return the removal of `groups`, or of none when one of them is refused."""
    change = Change(who)
    refused = {}
    for group in dict.fromkeys(groups):
        template = tree.registry.template_of_group(group)
        if template is None or group not in tree.state.groups:
            refused[group] = "there is no such group to remove"
        elif template.refuse_add:
            refused[group] = template.refuse_add
        elif access < template.delete:
            refused[group] = f"needs the rights of an {template.delete.name.lower()}"
        else:
            drop(change, tree, group)
    return (Change(who), refused) if refused else (change, refused)


def put_group(tree: Tree, owner: str, group: str, values: Mapping[str, str]) -> Change:
    """Return what changes when `owner` makes or changes one of its groups."""
    template = _owned(tree, owner, group)
    change = Change(owner)
    if group not in tree.state.groups:
        change.groups_added.append(group)
        change.told = {f"{group}.{member.name}": member.default for member in template.members}
    for name, text in values.items():
        member = template.member(name)
        if member is None:
            raise InvalidValue(f"{group} has no parameter '{name[:100]}'")
        with about(f"{group}.{name}"):
            state_fact(change, tree, f"{group}.{name}", member, text)
    return change


def drop_groups(tree: Tree, owner: str, groups: Iterable[str]) -> Change:
    """Return the removal of those of `groups` that exist; all belong to `owner`."""
    change = Change(owner)
    for group in dict.fromkeys(groups):
        _owned(tree, owner, group)
        if group in tree.state.groups:
            drop(change, tree, group)
    return change


def drop(change: Change, tree: Tree, group: str) -> None:
    """Add to `change` that `group` goes, with everything in it."""
    prefix = f"{group}."
    change.groups_removed.append(group)
    change.values |= {name: None for name in tree.state.values if name.startswith(prefix)}
    change.secrets |= {name: None for name in tree.state.secrets if name.startswith(prefix)}


def _owned(tree: Tree, owner: str, group: str) -> Template:
    template = tree.registry.template_of_group(group)
    if template is None:
        raise InvalidValue(f"'{group[:100]}' is not the name of a numbered group")
    if template.owner != owner:
        raise NotPermitted(f"{group} does not belong to {owner}")
    return template


def _free_number(tree: Tree, template: Template, *, force: bool) -> int:
    """Return the lowest number that is free."""
    for number in range(HIGHEST_NUMBER + 1 if force else template.maximum):
        if f"{template.parent}.{template.letter}{number}" not in tree.state.groups:
            return number
    raise Conflict(f"there are {template.maximum} groups in {template.parent} already")
