import { expect, test } from 'vitest';

import { contentOf, singleTopic, valuesOf } from './content';

test('values become a filter and come back', () => {
  const values = { port: '0', state: '1' };
  const text = contentOf(values);
  expect(text).toBe(
    'boolean(//SimpleItem[@Name="port" and @Value="0"]) and boolean(//SimpleItem[@Name="state" and @Value="1"])',
  );
  expect(valuesOf(text)).toEqual(values);
  expect(valuesOf('')).toEqual({});
  expect(valuesOf(contentOf({ a: 'say "hi"' }))).toEqual({ a: 'say "hi"' });
});

test('single quotes, prefixes and spaces of other clients are understood', () => {
  expect(valuesOf(`boolean( //tt:SimpleItem[@Name='port' and @Value='0'] )`)).toEqual({ port: '0' });
});

test.each([
  'not(boolean(//SimpleItem[@Name="a" and @Value="1"]))',
  'boolean(//SimpleItem[@Name="a" and @Value="1"]) or boolean(//SimpleItem[@Name="a" and @Value="2"])',
  'boolean(//SimpleItem[@Name="a"])',
  'boolean(//SimpleItem[@Name="a" and @Value="1"]) and ',
  'boolean(//SimpleItem[@Name="a" and @Value="1"]) and boolean(//SimpleItem[@Name="a" and @Value="1"])',
  'gibberish',
])('what says more is no list of values: %s', (text) => {
  expect(valuesOf(text)).toBeNull();
});

test('one topic is told from several, and printed as the unit does', () => {
  expect(singleTopic('tns1:Device/tnsaxis:IO/tnsaxis:Port')).toBe('tns1:Device/tnsaxis:IO/Port');
  expect(singleTopic('onvif:Device/axis:IO/Port')).toBe('tns1:Device/tnsaxis:IO/Port');
  expect(singleTopic('tns1:Device//.')).toBeNull();
  expect(singleTopic('tns1:A|tns1:B')).toBeNull();
  expect(singleTopic('Device/IO')).toBeNull();
});
