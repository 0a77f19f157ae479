/** Every call about maintenance over SSH and FTP. */

import { json, vapix } from './unit';

export interface SshAccount {
  username: string;
  comment: string;
}

export interface Server {
  /** What the setting says. */
  enabled: boolean;
  /** How the server is. */
  state: 'running' | 'starting' | 'stopping' | 'stopped' | 'failed' | 'unmanaged';
  detail: string;
}

export interface RemoteAccess {
  ssh: Server;
  ftp: Server;
  host_keys: { type: string; fingerprint: string }[];
}

const USERS = '/config/rest/ssh/v2/users';

interface Answer<T> {
  data: T;
}

const path = (username: string): string => `${USERS}/${encodeURIComponent(username)}`;

export const remoteAccess = (): Promise<RemoteAccess> => json<RemoteAccess>('/api/remote-access');

export async function listSshAccounts(): Promise<SshAccount[]> {
  return (await json<Answer<SshAccount[]>>(USERS)).data;
}

export async function enableSsh(enabled: boolean): Promise<void> {
  await vapix('/axis-cgi/ssh.cgi', 'setSshConfiguration', { enabled });
}

export async function addSshAccount(account: SshAccount, password: string): Promise<void> {
  await json(USERS, { method: 'POST', json: { data: { ...account, password } } });
}

/** Change an account; an empty password keeps the one it has. */
export async function updateSshAccount({ username, comment }: SshAccount, password: string): Promise<void> {
  const data = { comment, ...(password ? { password } : {}) };
  await json(path(username), { method: 'PATCH', json: { data } });
}

export async function removeSshAccount(username: string): Promise<void> {
  await json(path(username), { method: 'DELETE' });
}
