import type { Account, Role } from '../api/types';

export const ACCOUNT_MAXIMUM = 100;

export const ROLES: { role: Role; label: string; detail: string }[] = [
  {
    role: 'admin',
    label: 'Administrator',
    detail: 'Has full access to all settings. Can also add, update, and remove other accounts.',
  },
  { role: 'operator', label: 'Operator', detail: 'Has access to all settings except all System settings.' },
  { role: 'viewer', label: 'Viewer', detail: "Doesn't have access to change any settings." },
];

export function roleLabel(role: Role): string {
  return ROLES.find((entry) => entry.role === role)?.label ?? role;
}

/** The secondary groups that make up a role. */
export function groupsOf(role: Role): string {
  return { admin: 'admin:operator:viewer:ptz', operator: 'operator:viewer:ptz', viewer: 'viewer' }[role];
}

/** The accounts in an answer of `pwdgrp.cgi?action=get`, in the order of the viewers' line. */
export function parseAccounts(text: string): Account[] {
  const groups = new Map<string, string[]>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^(\w+)="(.*)"$/.exec(line.trim());
    if (match?.[1] !== undefined && match[2] !== undefined) {
      groups.set(match[1], match[2].split(',').filter(Boolean));
    }
  }
  const members = (group: string): string[] => groups.get(group) ?? [];
  const names = new Set([...members('admin'), ...members('operator'), ...members('viewer')]);
  const roleOf = (name: string): Role =>
    members('admin').includes(name) ? 'admin' : members('operator').includes(name) ? 'operator' : 'viewer';
  return [...names].map((name) => ({ name, role: roleOf(name) }));
}

/** Why a name cannot be an account's; null when it can. */
export function accountNameProblem(name: string, taken: readonly string[]): string | null {
  if (!name) return 'Enter an account name.';
  if (!/^[A-Za-z0-9]{1,14}$/.test(name)) return 'Use 1 to 14 letters A-Z, a-z and digits 0-9.';
  if (taken.includes(name)) return `The account ${name} exists already. Choose another name.`;
  return null;
}

/** Why a text cannot be a password; null when it can. */
export function passwordProblem(password: string): string | null {
  if (!password) return 'Enter a password.';
  if (password.length > 64) return 'The password is longer than 64 characters. Shorten it.';
  if (!/^[\x20-\x7e]*$/.test(password)) {
    return 'Use letters A-Z, digits, punctuation and spaces only; letters with accents and emoji are not possible.';
  }
  return null;
}

/** Why the second typing of a password does not confirm the first; null when it does. */
export function repeatProblem(password: string, repeated: string): string | null {
  return password === repeated ? null : 'The passwords are not the same. Type the same password again.';
}
