/** What files of certificates hold, how certificates are named, and how long they hold, in words. */

import type { Certificate, Details } from '../api/certificates';

export const LONGEST_ALIAS = 64;
export const CERTIFICATE_FILES = '.pem,.cer,.crt,.pfx,.p12';
export const KEY_FILES = '.pem,.key';
const SOON_DAYS = 30;
const DAY_S = 86_400;

/** What a file has in it. */
export type Filed =
  | { kind: 'container'; data: string }
  | { kind: 'parts'; certificate: string; key: string };

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;

/** Read a file by what is in it, or for a container by its name. */
export function filed(name: string, content: Uint8Array): Filed {
  const text = new TextDecoder('utf-8').decode(content);
  const blocks = [...text.matchAll(BLOCK)];
  if (blocks.length === 0) {
    const data = base64(content);
    return /\.(pfx|p12)$/i.test(name) ? { kind: 'container', data } : { kind: 'parts', certificate: data, key: '' };
  }
  const those = (wanted: (label: string) => boolean): string =>
    blocks.filter(([, label]) => wanted(label ?? '')).map(([block]) => `${block}\n`).join('');
  return {
    kind: 'parts',
    certificate: those((label) => label === 'CERTIFICATE'),
    key: those((label) => label.endsWith('PRIVATE KEY')),
  };
}

/** A private key from a file: PEM as it is, DER as base64. */
export function keyFiled(content: Uint8Array): string {
  const found = filed('', content);
  if (found.kind !== 'parts') return '';
  return found.key || (found.certificate.includes('BEGIN') ? '' : found.certificate);
}

/** Whether a private key asks for a passphrase. */
export const encryptedKey = (pem: string): boolean => /ENCRYPTED/.test(pem);

function base64(content: Uint8Array): string {
  let text = '';
  for (const byte of content) text += String.fromCharCode(byte);
  return btoa(text);
}

/** A name for a certificate out of that of a file or a unit. */
export function aliasFrom(name: string): string {
  const plain = name.replace(/\.[A-Za-z0-9]{1,4}$/, '').replace(/[^A-Za-z0-9._~-]+/g, '-');
  return plain.replace(/^[.-]+|-+$/g, '').slice(0, LONGEST_ALIAS);
}

export function aliasProblem(alias: string, taken: readonly string[]): string | null {
  if (alias === '') return 'Enter a name.';
  if (alias.length > LONGEST_ALIAS) return `Use at most ${LONGEST_ALIAS} characters.`;
  if (!/^[A-Za-z0-9_~-][A-Za-z0-9._~-]*$/.test(alias)) return 'Use letters A-Z, digits and any of . _ ~ - only.';
  return taken.includes(alias) ? 'There is a certificate with this name already.' : null;
}

/** A subject as RFC 4514 writes it. */
export function subjectOf(commonName: string, organisation: string): string {
  const escaped = (text: string): string => text.trim().replace(/[,+"\\<>;=]/g, '\\$&').replace(/^#/, '\\#');
  const parts = [commonName.trim() && `CN=${escaped(commonName)}`, organisation.trim() && `O=${escaped(organisation)}`];
  return parts.filter(Boolean).join(',');
}

/** The common name in a subject, else all of it. */
export function commonName(subject: string): string {
  const found = /(?:^|,)CN=((?:\\.|[^,\\])+)/.exec(subject)?.[1];
  return found?.replace(/\\(.)/g, '$1') ?? subject;
}

/** Names and addresses that somebody has written one after the other. */
export function namesOf(text: string): string[] {
  const words = text.split(/[\s,;]+/).filter(Boolean);
  return words.map((word) => (/^(\d{1,3}\.){3}\d{1,3}$|^[0-9a-f]*:[0-9a-f:.]*$/i.test(word) ? `IP:${word}` : `DNS:${word}`));
}

export type Validity = 'good' | 'soon' | 'over' | 'not yet';

export function validity({ valid_from, valid_to }: Details, now: number): Validity {
  if (now < valid_from) return 'not yet';
  if (now >= valid_to) return 'over';
  return valid_to - now < SOON_DAYS * DAY_S ? 'soon' : 'good';
}

/** "2F:A1:…", as other programs show a fingerprint. */
export function pairs(hex: string): string {
  return (hex.toUpperCase().match(/../g) ?? []).join(':');
}

/** The end of a day, in seconds since 1970; undefined for none. */
export function endOfDay(date: string): number | undefined {
  const moment = Date.parse(`${date}T23:59:59Z`);
  return Number.isNaN(moment) ? undefined : moment / 1000;
}

/** The aliases that settings can choose from, with the one they have, which may be gone. */
export function choices(installed: readonly Certificate[], kind: Certificate['kind'], chosen: string): string[] {
  const found = installed.filter((one) => one.kind === kind && one.removable).map((one) => one.alias);
  return chosen === '' || found.includes(chosen) ? found : [...found, chosen];
}
