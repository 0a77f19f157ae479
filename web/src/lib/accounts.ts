import type { Role } from '../api/types';

export const ACCOUNT_MAXIMUM = 100;
export const COMMENT_MAXIMUM = 256;
const PASSWORD_MAXIMUM = 64;

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
  if (password.length > PASSWORD_MAXIMUM) return 'The password is longer than 64 characters. Shorten it.';
  if (!/^[\x20-\x7e]*$/.test(password)) {
    return 'Use letters A-Z, digits, punctuation and spaces only; letters with accents and emoji are not possible.';
  }
  return null;
}

/** Why the second typing of a password does not confirm the first; null when it does. */
export function repeatProblem(password: string, repeated: string): string | null {
  return password === repeated ? null : 'The passwords are not the same. Type the same password again.';
}

export interface PasswordProblems {
  password: string | null;
  repeated: string | null;
}

/** What is wrong with a password typed twice; with `keeps`, nothing at all stands for the one that is there. */
export function passwordProblems(password: string, repeated: string, keeps: boolean): PasswordProblems {
  const untouched = keeps && password === '' && repeated === '';
  return {
    password: untouched ? null : passwordProblem(password),
    repeated: repeatProblem(password, repeated),
  };
}
