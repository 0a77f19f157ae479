/** Every call the audio pages make beside the clips; the same public HTTP interface others use. */

import { ApiError, request } from './client';
import type {
  AudioInput,
  AudioOutput,
  Encoders,
  Group,
  Impedance,
  Multicast,
  MulticastSource,
  MulticastState,
  SelfTests,
  SentPage,
} from './audio-types';
import type { Parameter } from './types';
import { json, vapix } from './unit';

export const audioInput = (): Promise<AudioInput> => json<AudioInput>('/api/audio/input');

export const audioOutput = (): Promise<AudioOutput> => json<AudioOutput>('/api/audio/output');

export const impedance = (): Promise<Impedance> => json<Impedance>('/api/impedance');

export async function testImpedance(): Promise<void> {
  await request('/api/impedance/test', { method: 'POST' });
}

export const selfTests = (): Promise<SelfTests> => json<SelfTests>('/api/selftest');

/** Start a self test; with `calibrate` later ones are compared with it. */
export async function runSelfTest(calibrate: boolean): Promise<void> {
  await request('/api/selftest', { method: 'POST', json: { calibrate } });
}

export async function stopPlayback(id: string): Promise<void> {
  await request('/api/playing/stop', { method: 'POST', json: { id } });
}

export async function encoders(): Promise<Encoders> {
  const path = '/axis-cgi/audio/streamingcapabilities.cgi';
  return (await vapix<{ encoders: Encoders }>(path, 'list')).encoders;
}

/** The settings of these groups, in the order the unit lists them. */
export async function parametersOf(groups: readonly string[]): Promise<Parameter[]> {
  const query = { group: groups.join(',') };
  return (await json<{ parameters: Parameter[] }>('/api/parameters', { query })).parameters;
}

/** The address of a WebSocket on the unit. */
export function socketUrl(path: string): string {
  const scheme = window.location.protocol === 'https:' ? 'wss' : 'ws';
  return `${scheme}://${window.location.host}${path}`;
}

// Multicast paging

const MULTICAST = '/config/rest/audio-multicast-ctrl/v1beta';

/** A device configuration API: the answer is in `data`, beside a `status`. */
async function config<T>(...call: Parameters<typeof request>): Promise<T> {
  const answer = await json<{ status: string; data?: T; error?: { code: number; message: string } }>(...call);
  if (answer.error) throw new ApiError(200, String(answer.error.code), answer.error.message);
  return answer.data as T;
}

export const multicast = (): Promise<Multicast> => config<Multicast>(MULTICAST);

export async function setMulticast(property: 'enabled' | 'audiocodec', data: unknown): Promise<void> {
  await request(`${MULTICAST}/${property}`, { method: 'PATCH', json: { data } });
}

export async function addSource(source: Partial<MulticastSource>): Promise<void> {
  await request(`${MULTICAST}/sources`, { method: 'POST', json: { data: source } });
}

/** Change some properties of a source, all at once. */
export async function setSource(id: string, data: Partial<MulticastSource>): Promise<void> {
  await request(`${MULTICAST}/sources/${encodeURIComponent(id)}`, { method: 'PATCH', json: { data } });
}

export async function removeSource(id: string): Promise<void> {
  await request(`${MULTICAST}/sources/${encodeURIComponent(id)}`, { method: 'DELETE' });
}

export const multicastState = (): Promise<MulticastState> => json<MulticastState>('/api/multicast');

export const sentPages = (): Promise<SentPage[]> => json<SentPage[]>('/api/multicast/page');

export async function stopPage(id: string): Promise<void> {
  await request('/api/multicast/page/stop', { method: 'POST', json: { id } });
}

export async function sendPage(clip: number, to: Group): Promise<void> {
  await request('/api/multicast/page', { method: 'POST', json: { clip, ...to } });
}
