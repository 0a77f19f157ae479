import { expect, test } from 'vitest';

import type { Recipient } from '../../api/event-types';
import { copyName, LONGEST_NAME, summaryOf } from './recipients';

const recipient = (name: string, parameters = {}): Recipient => ({ id: 1, name, template: 'a', parameters });

test('a recipient is summed up by where things go', () => {
  expect(summaryOf(recipient('a', { login: 'me', host: '192.0.2.1', upload_path: '/clips' }), undefined)).toBe(
    '192.0.2.1, /clips',
  );
  expect(summaryOf(recipient('a'), undefined)).toBe('nothing is set');
});

test('a copy has a name of its own', () => {
  expect(copyName('Desk', [])).toBe('Copy of Desk');
  expect(copyName('Desk', [recipient('Copy of Desk')])).toBe('Copy of Desk 2');
  expect(copyName('x'.repeat(200), [recipient('a')])).toHaveLength(LONGEST_NAME);
});
