import { describe, expect, it } from 'vitest';

import { check as checkEnum } from './enum/check';
import { check as checkGain } from './gain/check';
import { check as checkHostname } from './hostname/check';
import { check as checkInt } from './int/check';
import { check as checkIp } from './ip/check';
import { check as checkIpList } from './ip_list/check';
import { check as checkString } from './string/check';

describe('int', () => {
  const kind = { type: 'int', minimum: -5, maximum: 63, unit: '' } as const;
  it.each(['0', '63', '-5', '+7'])('takes %s', (value) => {
    expect(checkInt(value, kind)).toBeNull();
  });
  it.each(['', '64', '-6', '1.5', '1e1', ' 3', '0x1'])('refuses %j and names the range', (value) => {
    expect(checkInt(value, kind)).toBe('Enter a whole number from -5 to 63.');
  });
  it('may be without bounds', () => {
    expect(checkInt('123456', { ...kind, minimum: null, maximum: null })).toBeNull();
  });
});

describe('gain', () => {
  const kind = { type: 'gain', minimum: -95, maximum: 6, step: 0.5, unit: 'dB' } as const;
  it.each(['mute', '-95', '0', '-0.5', '6'])('takes %s', (value) => {
    expect(checkGain(value, kind)).toBeNull();
  });
  it.each(['', '-95.5', '7', '0.25', 'loud'])('refuses %j', (value) => {
    expect(checkGain(value, kind)).not.toBeNull();
  });
});

describe('addresses', () => {
  it.each(['', '192.168.0.90', '0.0.0.0', 'fe80::1', '::ffff:10.0.0.1'])('takes %j', (value) => {
    expect(checkIp(value)).toBeNull();
  });
  it.each(['192.168.0', '256.1.1.1', '01.2.3.4', 'fe80:::1', 'host', '1.2.3.4/24'])(
    'refuses %s',
    (value) => {
      expect(checkIp(value)).not.toBeNull();
    },
  );
  it('takes lists with or without prefix lengths and names the wrong entry', () => {
    expect(checkIpList('10.0.0.1, fe80::/64,10.0.0.0/8')).toBeNull();
    expect(checkIpList('10.0.0.1,10.0.0.0/33')).toContain('10.0.0.0/33');
    expect(checkIpList('10.0.0.1 10.0.0.2')).toContain('commas');
  });
});

describe('hostname', () => {
  const kind = { type: 'hostname', max_length: 253 } as const;
  it.each(['', 'axis-b8a44f000001', 'ntp.example.com.', '10.0.0.1'])('takes %j', (value) => {
    expect(checkHostname(value, kind)).toBeNull();
  });
  it.each(['-a', 'a-', 'a_b', 'a..b', 'a b', 'ä'])('refuses %s', (value) => {
    expect(checkHostname(value, kind)).not.toBeNull();
  });
});

it('a text has a length and no control characters', () => {
  const kind = { type: 'string', max_length: 3 } as const;
  expect(checkString('äöü', kind)).toBeNull();
  expect(checkString('abcd', kind)).toContain('3');
  expect(checkString('a\nb', kind)).not.toBeNull();
  expect(checkString('a\u2028', kind)).not.toBeNull();
});

it('a choice is one of the list', () => {
  const kind = { type: 'enum', choices: [{ value: 'yes', label: 'Yes' }] } as const;
  expect(checkEnum('yes', { ...kind, choices: [...kind.choices] })).toBeNull();
  expect(checkEnum('no', { ...kind, choices: [...kind.choices] })).not.toBeNull();
});
