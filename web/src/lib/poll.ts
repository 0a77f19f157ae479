/** A task that fails is tried again this soon, however seldom it is asked otherwise. */
const RETRY_MS = 1000;
/** A daemon that was killed is back sooner than this, and nobody need hear of it. */
const PATIENCE_MS = 1000;

/** What wants to hear how the tasks fare; a state module puts its functions here. */
export const polled = {
  /** `task` has failed for a while. */
  failing: (_task: object, _error: unknown): void => undefined,
  /** `task` works again, or nobody asks any more. */
  settled: (_task: object): void => undefined,
};

/** Run `task` at once and then again `everyMs` after each end, but not while the page is hidden. */
export function poll(task: () => Promise<void>, everyMs: number): () => void {
  let stopped = false;
  let timer = 0;
  let failedAt: number | null = null;

  async function round(): Promise<void> {
    window.clearTimeout(timer);
    if (!document.hidden) await attempt();
    const wait = failedAt === null ? everyMs : Math.min(everyMs, RETRY_MS);
    if (!stopped) timer = window.setTimeout(() => void round(), wait);
  }

  async function attempt(): Promise<void> {
    const began = performance.now();
    try {
      await task();
      failedAt = null;
      polled.settled(task);
    } catch (error) {
      failedAt ??= began;
      if (!stopped && performance.now() - failedAt >= PATIENCE_MS) polled.failing(task, error);
    }
  }

  function onVisible(): void {
    if (!document.hidden && !stopped) void round();
  }

  document.addEventListener('visibilitychange', onVisible);
  void round();
  return () => {
    stopped = true;
    window.clearTimeout(timer);
    document.removeEventListener('visibilitychange', onVisible);
    polled.settled(task);
  };
}
