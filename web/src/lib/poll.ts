/** Run `task` at once and then again `everyMs` after each end, but not while the page is hidden. */
export function poll(task: () => Promise<void>, everyMs: number): () => void {
  let stopped = false;
  let timer = 0;

  async function round(): Promise<void> {
    window.clearTimeout(timer);
    if (!document.hidden) {
      try {
        await task();
      } catch {
        // Whoever asked has been told by the connection; the next round is the retry.
      }
    }
    if (!stopped) timer = window.setTimeout(() => void round(), everyMs);
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
  };
}
