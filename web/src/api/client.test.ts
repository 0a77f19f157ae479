import { afterEach, expect, test, vi } from 'vitest';
import { heard, request, Unreachable } from './client';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

test('a connection on which nothing comes any more is given up', async () => {
  const patience = new AbortController();
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(patience.signal);
  const unreachable = vi.spyOn(heard, 'unreachable');
  vi.stubGlobal('fetch', (_path: string, { signal }: RequestInit) => {
    return new Promise((_answer, fail) => signal?.addEventListener('abort', () => fail(signal.reason)));
  });
  const waiting = request('/api/unit');
  patience.abort(new DOMException('time is up', 'TimeoutError'));
  await expect(waiting).rejects.toThrow(Unreachable);
  expect(unreachable).toHaveBeenCalledOnce();
  // Longer than the web server's own patience with the daemons, and not for ever.
  expect(timeout.mock.calls[0]?.[0]).toBeGreaterThan(30_000);
  expect(timeout.mock.calls[0]?.[0]).toBeLessThan(60_000);
});
