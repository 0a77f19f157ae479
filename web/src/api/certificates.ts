/** Every call about certificates: the store by its VAPIX interface, and what each certificate says of itself. */

import { json } from './unit';
import { request } from './client';

export interface Details {
  subject: string;
  issuer: string;
  serial_number: string;
  /** In seconds since 1970. */
  valid_from: number;
  valid_to: number;
  key: string;
  /** `DNS:unit.local`, `IP:192.0.2.7` */
  names: string[];
  fingerprint: string;
  self_signed: boolean;
  authority: boolean;
  /** How many certificates there are, those of its issuers included. */
  chain: number;
}

export interface Certificate {
  alias: string;
  kind: 'client' | 'authority';
  /** PEM; empty for one that the unit came with. */
  certificate: string;
  details: Details;
  removable: boolean;
  /** By what, in words. */
  used_by: string[];
}

export const KEY_TYPES = ['EC-P256', 'EC-P384', 'EC-P521', 'RSA-2048', 'RSA-3072', 'RSA-4096'] as const;
export type KeyType = (typeof KEY_TYPES)[number];

export interface NewKey {
  alias: string;
  subject: string;
  key_type: KeyType;
  subject_alt_names: string[];
  /** In seconds since 1970. */
  valid_to?: number;
}

const STORE = '/config/rest/cert/v1';
const CLIENT = `${STORE}/certificates`;
const AUTHORITY = `${STORE}/ca_certificates`;

export const certificates = (): Promise<Certificate[]> => json<Certificate[]>('/api/certificates');

export const preinstalled = (): Promise<Certificate[]> => json<Certificate[]>('/api/certificates/preinstalled');

async function post<T>(path: string, data: object): Promise<T> {
  return (await json<{ data: T }>(path, { method: 'POST', json: { data } })).data;
}

export async function install(alias: string, certificate: string, key: string, passphrase: string): Promise<void> {
  await post(CLIENT, { alias, certificate, private_key: key, ...(passphrase ? { passphrase } : {}) });
}

export async function installContainer(alias: string, pkcs12: string, passphrase: string): Promise<void> {
  await post(`${STORE}/install_from_pkcs12`, { alias, pkcs12, passphrase });
}

export async function installAuthority(alias: string, certificate: string): Promise<void> {
  await post(AUTHORITY, { alias, certificate });
}

export async function createCertificate(wanted: NewKey): Promise<void> {
  await post(`${STORE}/create_certificate`, wanted);
}

/** Put the certificate that was issued in the place of the one that a request was made of. */
export async function replaceCertificate(alias: string, certificate: string): Promise<void> {
  await request(`${CLIENT}/${alias}`, { method: 'PATCH', json: { data: { certificate } } });
}

/** A certificate signing request, as PEM. */
export function signingRequest(alias: string, subject: string, names: string[]): Promise<string> {
  return post<string>(`${CLIENT}/${alias}/get_csr`, { subject, subject_alt_names: names });
}

export async function removeCertificate({ alias, kind }: Certificate): Promise<void> {
  await request(`${kind === 'client' ? CLIENT : AUTHORITY}/${alias}`, { method: 'DELETE' });
}
