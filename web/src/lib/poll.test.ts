import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { poll, polled } from './poll';

const failing = vi.fn();
const settled = vi.fn();

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('window', globalThis);
  vi.stubGlobal('document', {
    hidden: false,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  });
  polled.failing = failing;
  polled.settled = settled;
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.clearAllMocks();
});

test('asks at once and then again and again, until it is stopped', async () => {
  const task = vi.fn(async () => undefined);
  const stop = poll(task, 3000);
  await vi.advanceTimersByTimeAsync(6500);
  expect(task).toHaveBeenCalledTimes(3);
  stop();
  await vi.advanceTimersByTimeAsync(6500);
  expect(task).toHaveBeenCalledTimes(3);
  expect(failing).not.toHaveBeenCalled();
});

test('a failure is retried soon and told once it lasts', async () => {
  let away = true;
  const task = vi.fn(async () => {
    if (away) throw new Error('away');
  });
  const stop = poll(task, 3000);
  await vi.advanceTimersByTimeAsync(900);
  expect(failing).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(200);
  expect(task).toHaveBeenCalledTimes(2);
  expect(failing).toHaveBeenCalledWith(task, new Error('away'));
  expect(settled).not.toHaveBeenCalled();
  away = false;
  await vi.advanceTimersByTimeAsync(1000);
  expect(settled).toHaveBeenCalledWith(task);
  stop();
});

test('a failure that nobody asks after any more is settled', async () => {
  const task = async (): Promise<void> => Promise.reject(new Error('away'));
  const stop = poll(task, 500);
  await vi.advanceTimersByTimeAsync(2000);
  expect(failing).toHaveBeenCalled();
  stop();
  expect(settled).toHaveBeenCalledWith(task);
});
