/** Every call the interface makes to the unit; the same public HTTP interface others use. */

import { groupsOf } from '../lib/accounts';
import { ApiError, request, setCsrf, urlOf } from './client';
import type {
  Account,
  Change,
  Clip,
  Device,
  FrontPanelTables,
  LedNow,
  Parameter,
  Playing,
  Readiness,
  Session,
  SimPort,
  SimState,
} from './types';
import { upload } from './upload';

const CGI = '/axis-cgi';

export async function json<T>(...call: Parameters<typeof request>): Promise<T> {
  return JSON.parse(await request(...call)) as T;
}

interface VapixAnswer<T> {
  data?: T;
  error?: { code: number; message: string; details?: Record<string, string> };
}

interface VapixOptions {
  version?: string;
  anonymous?: boolean;
}

/** A first-generation JSON CGI: errors come with status 200. */
export async function vapix<T>(
  path: string,
  method: string,
  params: object = {},
  { version = '1.0', anonymous = false }: VapixOptions = {},
): Promise<T> {
  const answer = await json<VapixAnswer<T>>(path, {
    method: 'POST',
    json: { apiVersion: version, method, params },
    anonymous,
  });
  if (answer.error) {
    const { code, message, details } = answer.error;
    throw new ApiError(200, String(code), message, details);
  }
  return answer.data as T;
}

// Readiness and session

export async function readiness(): Promise<Readiness> {
  const data = await vapix<Record<string, string>>(`${CGI}/systemready.cgi`, 'systemready', {}, { anonymous: true });
  return {
    ready: data['systemready'] === 'yes',
    needsSetup: data['needsetup'] === 'yes',
    bootId: data['bootid'] ?? '',
  };
}

function entered(session: Session): Session {
  setCsrf(session.csrf);
  return session;
}

/** The session the browser's cookie stands for; null when there is none. */
export async function currentSession(): Promise<Session | null> {
  try {
    return entered(await json<Session>('/api/session', { anonymous: true }));
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}

export async function signIn(user: string, password: string): Promise<Session> {
  const call = { method: 'POST', json: { user, password }, anonymous: true } as const;
  return entered(await json<Session>('/api/session', call));
}

export async function signOut(): Promise<void> {
  await request('/api/session', { method: 'DELETE', anonymous: true });
  setCsrf('');
}

// Accounts

/** pwdgrp.cgi tells failures in the page it answers, with status 200. */
async function pwdgrp(form: Record<string, string>, anonymous = false): Promise<void> {
  const page = await request(`${CGI}/pwdgrp.cgi`, { method: 'POST', form, anonymous });
  const reason = /Error: ([^<]*?)\s*</.exec(page)?.[1];
  if (reason !== undefined) throw new ApiError(200, 'refused', accountRefusal(reason));
}

function accountRefusal(reason: string): string {
  if (reason.includes('already exists')) return 'An account with this name exists already. Choose another name.';
  if (reason.includes('invalid password')) return 'The unit does not take this password. Choose another one.';
  if (reason.includes('account user name')) return 'There is no such account, or its name is not allowed.';
  return `The unit refused this: ${reason}`;
}

export async function createFirstAccount(pwd: string): Promise<void> {
  const form = { action: 'add', user: 'root', pwd, grp: 'root', sgrp: groupsOf('admin') };
  await pwdgrp(form, true);
}

export const listAccounts = (): Promise<Account[]> => json<Account[]>('/api/accounts');

export async function addAccount(account: Account, pwd: string): Promise<void> {
  const { name: user, role, comment } = account;
  await pwdgrp({ action: 'add', user, pwd, grp: 'users', sgrp: groupsOf(role), comment });
}

/** Change an account; an empty password keeps the one it has. */
export async function updateAccount(account: Account, pwd: string): Promise<void> {
  const { name: user, role, comment } = account;
  await pwdgrp({ action: 'update', user, sgrp: groupsOf(role), comment, ...(pwd ? { pwd } : {}) });
}

export async function removeAccount(user: string): Promise<void> {
  await pwdgrp({ action: 'remove', user });
}

// The unit itself

export const device = (): Promise<Device> => json<Device>('/api/device');

export const frontPanel = (): Promise<FrontPanelTables> => json<FrontPanelTables>('/api/front-panel');

export const ledsNow = (): Promise<LedNow[]> => json<LedNow[]>('/api/leds');

export async function locate(durationS: number): Promise<void> {
  await vapix(`${CGI}/findmydevice.cgi`, 'find', { duration: durationS });
}

export async function stopLocating(): Promise<void> {
  await vapix(`${CGI}/findmydevice.cgi`, 'stop');
}

export type Reset = 'restart' | 'factorydefault' | 'hardfactorydefault';

/** Restart, restore or return to factory default; the unit answers and then goes down. */
export async function reset(what: Reset): Promise<void> {
  await request(`${CGI}/${what}.cgi`);
}

// Audio clips

export const clips = (): Promise<Clip[]> => json<Clip[]>('/api/clips');

export const playing = (): Promise<Playing[]> => json<Playing[]>('/api/playing');

export const originalUrl = (clip: number): string => `/api/clips/${clip}/original`;

export async function playClip(clip: number): Promise<void> {
  await request(`${CGI}/playclip.cgi`, { query: { clip: String(clip) } });
}

export async function stopClip(): Promise<void> {
  await request(`${CGI}/stopclip.cgi`);
}

export async function renameClip(clip: number, name: string): Promise<void> {
  const query = { action: 'update', clip: String(clip), name };
  await request(`${CGI}/mediaclip.cgi`, { query });
}

export async function removeClip(clip: number): Promise<void> {
  await request(`${CGI}/mediaclip.cgi`, { query: { action: 'remove', clip: String(clip) } });
}

/** How large an uploaded clip may be, in MB; null when the unit does not say. */
export async function uploadLimit(): Promise<number | null> {
  const query = { action: 'list', group: 'root.MediaClip.MaxUploadSize' };
  const value = /MaxUploadSize=([\d.]+)/.exec(await request(`${CGI}/param.cgi`, { query }))?.[1];
  return value === undefined ? null : Number(value);
}

/** Upload a clip; `progress` hears how much of it is sent, from 0 to 1. */
export function uploadClip(
  file: File,
  name: string,
  progress: (part: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const body = new FormData();
  body.append('file', file, file.name);
  return upload(urlOf(`${CGI}/mediaclip.cgi`, { action: 'upload', media: 'audio', name }), body, progress, signal).then(
    () => undefined,
  );
}

// Parameters

export async function parameters(): Promise<Parameter[]> {
  const { parameters } = await json<{ parameters: Parameter[] }>('/api/parameters');
  return parameters.filter((parameter) => !parameter.hidden);
}

/** Save changed parameters: all of them, or none and an error with a reason for each bad one. */
export async function saveParameters(changes: Record<string, string>): Promise<void> {
  await request('/api/parameters', { method: 'PATCH', json: { changes } });
}

export async function parameterHistory(limit: number): Promise<Change[]> {
  const query = { limit: String(limit) };
  return (await json<{ history: Change[] }>('/api/parameters/history', { query })).history;
}

// The simulated unit

export const simState = (): Promise<SimState> => json<SimState>('/sim/state');

export async function pressButton(pressed: boolean): Promise<void> {
  await request('/sim/button', { method: 'POST', json: { pressed } });
}

export async function cutPower(buttonHeld: boolean): Promise<void> {
  await request('/sim/power', { method: 'POST', json: { button_held: buttonHeld } });
}

/** Change what hangs at a terminal, counted from 1. */
export async function wirePort(
  port: number,
  change: Partial<Pick<SimPort, 'circuit' | 'resistors' | 'applied_v'>>,
): Promise<void> {
  await request(`/sim/ports/${port}`, { method: 'POST', json: change });
}

/** Plug the network cable in, or pull it. */
export async function plugCable(connected: boolean): Promise<void> {
  await request('/sim/link', { method: 'POST', json: { connected } });
}

export async function setMicrophone(wav: Blob): Promise<void> {
  await request('/sim/microphone', { method: 'POST', body: wav });
}
