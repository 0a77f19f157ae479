import { describe, expect, it } from 'vitest';

import type { Server } from '../api/remote';
import { serverSentence, sshCommentProblem, sshNameProblem } from './ssh';

describe('sshNameProblem', () => {
  it.each(['a', '_x', 'Judy-2_b', 'x'.repeat(31)])('allows %j', (name) => {
    expect(sshNameProblem(name, ['joe'])).toBeNull();
  });
  it.each(['', 'root', 'ROOT', '9a', '-a', 'a b', 'a:b', 'ä', 'x'.repeat(32)])('refuses %j', (name) => {
    expect(sshNameProblem(name, [])).not.toBeNull();
  });
  it('refuses a name that is taken', () => {
    expect(sshNameProblem('joe', ['joe'])).toContain('exists');
  });
});

describe('sshCommentProblem', () => {
  it('allows none, and refuses a colon', () => {
    expect(sshCommentProblem('')).toBeNull();
    expect(sshCommentProblem('Night shift')).toBeNull();
    expect(sshCommentProblem('a:b')).not.toBeNull();
  });
});

describe('serverSentence', () => {
  it.each<[Server['state'], boolean, string]>([
    ['running', true, 'SSH is on.'],
    ['running', false, 'SSH is about to end.'],
    ['starting', true, 'SSH is starting.'],
    ['stopping', false, 'SSH is ending.'],
    ['stopped', false, 'SSH is off.'],
    ['stopped', true, 'SSH is about to start.'],
  ])('%s', (state, enabled, sentence) => {
    expect(serverSentence('SSH', { state, enabled, detail: '' })).toBe(sentence);
  });
  it('says why a server does not run', () => {
    expect(serverSentence('SSH', { state: 'failed', enabled: true, detail: 'exit-code' })).toContain(': exit-code.');
    const sentence = serverSentence('SSH', { state: 'unmanaged', enabled: true, detail: 'no systemd' });
    expect(sentence).toBe('SSH is on in the settings, but does not run here: no systemd.');
    const off = serverSentence('SSH', { state: 'unmanaged', enabled: false, detail: 'no systemd' });
    expect(off).toBe('SSH is off, and cannot run here: no systemd.');
  });
});
