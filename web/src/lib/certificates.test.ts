import { describe, expect, it } from 'vitest';

import type { Certificate, Details } from '../api/certificates';
import {
  aliasFrom,
  aliasProblem,
  choices,
  commonName,
  encryptedKey,
  endOfDay,
  filed,
  keyFiled,
  namesOf,
  pairs,
  subjectOf,
  validity,
} from './certificates';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const block = (label: string, body: string): string => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;
const CERTIFICATE = block('CERTIFICATE', 'AAAA');
const CHAIN = block('CERTIFICATE', 'BBBB');
const KEY = block('EC PRIVATE KEY', 'CCCC');

const DETAILS: Details = {
  subject: 'CN=unit,O=Example',
  issuer: 'CN=House',
  serial_number: '1f',
  valid_from: 1000,
  valid_to: 1000 + 100 * 86_400,
  key: 'EC-P256',
  names: [],
  fingerprint: '0af1',
  self_signed: false,
  authority: false,
  chain: 1,
};

const certificate = (alias: string, kind: Certificate['kind'], removable = true): Certificate => ({
  alias,
  kind,
  certificate: '',
  details: DETAILS,
  removable,
  used_by: [],
});

describe('files', () => {
  it('take PEM apart', () => {
    const all = bytes(`Bag Attributes\n${CERTIFICATE}${KEY}${CHAIN}`);
    expect(filed('all.pem', all)).toEqual({ kind: 'parts', certificate: CERTIFICATE + CHAIN, key: KEY });
    expect(keyFiled(all)).toBe(KEY);
    expect(keyFiled(bytes(CERTIFICATE))).toBe('');
  });
  it('take DER as base64', () => {
    expect(filed('a.cer', new Uint8Array([48, 130, 1]))).toEqual({ kind: 'parts', certificate: 'MIIB', key: '' });
    expect(keyFiled(new Uint8Array([48, 130, 1]))).toBe('MIIB');
  });
  it('know a container by its name', () => {
    expect(filed('a.PFX', new Uint8Array([48, 130, 1]))).toEqual({ kind: 'container', data: 'MIIB' });
  });
  it('know a key that needs a passphrase', () => {
    expect(encryptedKey(block('ENCRYPTED PRIVATE KEY', 'AA'))).toBe(true);
    expect(encryptedKey(block('RSA PRIVATE KEY', 'Proc-Type: 4,ENCRYPTED\n'))).toBe(true);
    expect(encryptedKey(KEY)).toBe(false);
  });
});

describe('names', () => {
  it('come from files and units', () => {
    expect(aliasFrom('My door (2026).pem')).toBe('My-door-2026');
    expect(aliasFrom('.hidden.pem')).toBe('hidden');
    expect(aliasFrom('a'.repeat(80))).toHaveLength(64);
  });
  it('are checked', () => {
    expect(aliasProblem('door', ['house'])).toBeNull();
    for (const wrong of ['', 'a b', '.a', 'a/b', 'é', 'a'.repeat(65), 'house']) {
      expect(aliasProblem(wrong, ['house'])).not.toBeNull();
    }
  });
  it('become alternative names by their form', () => {
    expect(namesOf(' unit.local, 192.0.2.7 2001:db8::7;porch')).toEqual([
      'DNS:unit.local',
      'IP:192.0.2.7',
      'IP:2001:db8::7',
      'DNS:porch',
    ]);
    expect(namesOf('')).toEqual([]);
  });
});

describe('subjects', () => {
  it('are written', () => {
    expect(subjectOf('unit', '')).toBe('CN=unit');
    expect(subjectOf(' unit ', 'A, B')).toBe('CN=unit,O=A\\, B');
    expect(subjectOf('', '#1')).toBe('O=\\#1');
  });
  it('are read', () => {
    expect(commonName('O=Example,CN=A\\, B')).toBe('A, B');
    expect(commonName('O=Example')).toBe('O=Example');
  });
});

describe('times', () => {
  it('are told', () => {
    const { valid_from, valid_to } = DETAILS;
    expect(validity(DETAILS, valid_from - 1)).toBe('not yet');
    expect(validity(DETAILS, valid_from)).toBe('good');
    expect(validity(DETAILS, valid_to - 29 * 86_400)).toBe('soon');
    expect(validity(DETAILS, valid_to)).toBe('over');
  });
  it('end with their day', () => {
    expect(endOfDay('2027-01-01')).toBe(Date.UTC(2027, 0, 1, 23, 59, 59) / 1000);
    expect(endOfDay('')).toBeUndefined();
  });
});

describe('choices', () => {
  const installed = [certificate('door', 'client'), certificate('own', 'client', false), certificate('ca', 'authority')];
  it('are of their kind, and have what is chosen', () => {
    expect(choices(installed, 'client', '')).toEqual(['door']);
    expect(choices(installed, 'client', 'gone')).toEqual(['door', 'gone']);
    expect(choices(installed, 'authority', 'ca')).toEqual(['ca']);
  });
  it('fingerprints read in pairs', () => expect(pairs('0af1')).toBe('0A:F1'));
});
