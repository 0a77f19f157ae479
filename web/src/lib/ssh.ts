import type { Server } from '../api/remote';

export const SSH_ACCOUNT_MAXIMUM = 100;
export const SSH_NAME_MAXIMUM = 31;

/** Why a name cannot be an SSH account's; null when it can. */
export function sshNameProblem(name: string, taken: readonly string[]): string | null {
  if (!name) return 'Enter an account name.';
  if (name.toLowerCase() === 'root') return 'The name root belongs to the system. Choose another name.';
  if (!/^[A-Za-z_][A-Za-z0-9_-]{0,30}$/.test(name)) {
    return 'Use up to 31 letters A-Z, a-z, digits, hyphens and underscores; begin with a letter or an underscore.';
  }
  if (taken.includes(name)) return `The SSH account ${name} exists already. Choose another name.`;
  return null;
}

/** Why a text cannot be an SSH account's comment; null when it can. */
export function sshCommentProblem(comment: string): string | null {
  return comment.includes(':') ? 'A comment cannot hold a colon.' : null;
}

/** How a server is, in a sentence; `name` begins it. */
export function serverSentence(name: string, { enabled, state, detail }: Server): string {
  switch (state) {
    case 'running':
      return enabled ? `${name} is on.` : `${name} is about to end.`;
    case 'starting':
      return `${name} is starting.`;
    case 'stopping':
      return `${name} is ending.`;
    case 'stopped':
      return enabled ? `${name} is about to start.` : `${name} is off.`;
    case 'failed':
      return `${name} does not come up, and is tried again${detail ? `: ${detail}` : ''}.`;
    case 'unmanaged':
      return `${name} is ${enabled ? 'on in the settings, but does not run' : 'off, and cannot run'} here: ${detail}.`;
  }
}
