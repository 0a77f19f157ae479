import { describe, expect, it } from 'vitest';

import { accountNameProblem, passwordProblem, repeatProblem } from './accounts';

describe('accountNameProblem', () => {
  it('allows 1 to 14 letters and digits', () => {
    expect(accountNameProblem('a', [])).toBeNull();
    expect(accountNameProblem('A1b2C3d4E5f6G7', [])).toBeNull();
  });
  it.each(['', 'abcdefghijklmno', 'a b', 'ä', 'a:b'])('refuses %j', (name) => {
    expect(accountNameProblem(name, [])).not.toBeNull();
  });
  it('refuses a name that is taken', () => {
    expect(accountNameProblem('joe', ['root', 'joe'])).toContain('exists');
  });
});

describe('passwords', () => {
  it('takes 1 to 64 characters of ASCII 32 to 126, and has no other policy', () => {
    expect(passwordProblem('a')).toBeNull();
    expect(passwordProblem(` ~${'x'.repeat(62)}`)).toBeNull();
  });
  it.each(['', 'x'.repeat(65), 'pässword', 'tab\there', '\x7f'])('refuses %j', (password) => {
    expect(passwordProblem(password)).not.toBeNull();
  });
  it('must be typed twice alike', () => {
    expect(repeatProblem('abc', 'abc')).toBeNull();
    expect(repeatProblem('abc', 'abd')).not.toBeNull();
  });
});
