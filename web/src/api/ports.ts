/** Every call about I/O ports and virtual inputs; the same public HTTP interface others use. */

import { driveAction, pulseAction } from '../lib/ports';
import { ApiError, request } from './client';
import type { PortChange, Ports, SupervisedRange } from './port-types';
import { json, vapix } from './unit';

const IO = '/axis-cgi/io';
const SUPERVISED = '/axis-cgi/supervisedio.cgi';
const VIRTUAL = '/axis-cgi/virtualinput';
/** The number of the manual trigger (`Properties.IO.ManualTriggerNbr`). */
const MANUAL_TRIGGER = 6;

export const ports = (): Promise<Ports> => json<Ports>('/api/ioports');

/** Change settings of a port; whatever is in force of it is on disk when this returns. */
export async function setPort(port: number, change: PortChange): Promise<void> {
  const { normal_state: normalState, ...rest } = change;
  const item = { port: String(port), ...rest, ...(normalState ? { normalState } : {}) };
  await vapix(`${IO}/portmanagement.cgi`, 'setPorts', { ports: [item] });
}

/** Activate or deactivate an output. */
export async function driveOutput(port: number, active: boolean): Promise<void> {
  await request(`${IO}/port.cgi`, { query: { action: driveAction(port, active) } });
}

/** Activate an output for a while; the answer does not wait for its end. */
export async function pulseOutput(port: number, milliseconds: number): Promise<void> {
  await request(`${IO}/port.cgi`, { query: { action: pulseAction(port, milliseconds) } });
}

/** Which levels mean what at a supervisable port. */
export async function supervisedRanges(port: number): Promise<SupervisedRange[]> {
  const answer = await vapix<{ items: { ranges: SupervisedRange[] }[] }>(SUPERVISED, 'getSupervisedRanges', [{ port }], {
    version: '2.0',
  });
  return answer.items[0]?.ranges ?? [];
}

interface SetSupervised {
  items?: { port: number; code: number; message: string }[];
}

export async function setSupervised(port: number, supervised: boolean): Promise<void> {
  const { items } = await vapix<SetSupervised>(SUPERVISED, 'setSupervised', [{ port, supervised }], { version: '2.0' });
  // The answer of each port is its own: 1 is success.
  const refused = items?.find((item) => item.code !== 1);
  if (refused) throw new ApiError(200, String(refused.code), refused.message);
}

/** The virtual inputs answer in XML, errors too, with status 200. */
async function virtualInput(action: 'activate' | 'deactivate', query: Record<string, string>): Promise<void> {
  const text = await request(`${VIRTUAL}/${action}.cgi`, { query: { schemaversion: '1', ...query } });
  const answer = new DOMParser().parseFromString(text, 'text/xml');
  const reason = answer.getElementsByTagName('ErrorDescription')[0]?.textContent;
  if (reason) throw new ApiError(200, 'refused', reason);
}

export async function setVirtualInput(number: number, active: boolean): Promise<void> {
  await virtualInput(active ? 'activate' : 'deactivate', { port: String(number) });
}

/** Activate the manual trigger for a while. */
export async function triggerManually(milliseconds: number): Promise<void> {
  await request(`${IO}/virtualinput.cgi`, { query: { action: `${MANUAL_TRIGGER}:/${milliseconds}\\` } });
}

/** Activate the manual trigger until it is deactivated, or deactivate it. */
export async function setManualTrigger(active: boolean): Promise<void> {
  await request(`${IO}/virtualinput.cgi`, { query: { action: `${MANUAL_TRIGGER}:${active ? '/' : '\\'}` } });
}
