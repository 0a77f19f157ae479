/** Upgrades of the firmware, as the public interface offers them. */

import { ApiError } from './client';
import { json, vapix } from './unit';
import { upload } from './upload';

const CGI = '/axis-cgi/firmwaremanagement.cgi';

export interface Outcome {
  what: 'upgrade' | 'rollback';
  result: 'done' | 'failed' | 'rolled_back';
  version: string;
  /** Seconds since 1970. */
  at: number;
  message: string;
}

export interface Check {
  name: string;
  well: boolean;
  message: string;
}

export type Step =
  | 'idle'
  | 'receiving'
  | 'checking'
  | 'installing'
  | 'installed'
  | 'restarting'
  | 'trial'
  | 'reverting';

/** The firmware of the unit, and how far an upgrade of it is. */
export interface Firmware {
  supported: boolean;
  why_not: string;
  version: string;
  slot: string;
  committed: boolean;
  inactive_version: string | null;
  last_upgrade_at: number | null;
  pending_commit: 'never' | 'boot' | 'started' | null;
  time_to_rollback_s: number | null;
  step: Step;
  percent: number;
  message: string;
  target_version: string;
  last: Outcome | null;
  checks: Check[];
}

export interface UpgradeOptions {
  factoryDefaultMode?: 'none' | 'soft' | 'hard';
  autoCommit?: 'never' | 'boot' | 'started' | 'default';
  autoRollback?: string;
}

export const firmware = (): Promise<Firmware> => json<Firmware>('/api/maintenance/upgrade');

/** Install an image; answers its version when the unit is about to restart into it. */
export async function upgrade(
  file: File,
  options: UpgradeOptions,
  progress: (part: number) => void,
  signal: AbortSignal,
): Promise<string> {
  const request = JSON.stringify({ apiVersion: '1.0', method: 'upgrade', params: options });
  const body = new FormData();
  body.append('data', new Blob([request], { type: 'application/json' }));
  body.append('firmwareImage', file, file.name);
  const answer = JSON.parse(await upload(CGI, body, progress, signal)) as {
    data?: { firmwareVersion: string };
    error?: { code: number; message: string };
  };
  if (answer.error) throw new ApiError(200, String(answer.error.code), answer.error.message);
  return answer.data?.firmwareVersion ?? '';
}

export const confirmFirmware = (): Promise<unknown> => vapix(CGI, 'commit');

export const rollBack = (): Promise<unknown> => vapix(CGI, 'rollback');
