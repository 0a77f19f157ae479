export interface Notice {
  id: number;
  kind: 'success' | 'error';
  text: string;
}

const STAY_MS = 5000;

/** Short messages about what was just done; errors stay until they are closed. */
class Notices {
  list = $state<Notice[]>([]);
  #next = 1;

  done(text: string): void {
    this.#add('success', text);
  }

  failed(text: string): void {
    this.#add('error', text);
  }

  close(id: number): void {
    this.list = this.list.filter((notice) => notice.id !== id);
  }

  #add(kind: Notice['kind'], text: string): void {
    const id = this.#next++;
    this.list = [...this.list.filter((notice) => notice.text !== text), { id, kind, text }];
    if (kind === 'success') window.setTimeout(() => this.close(id), STAY_MS);
  }
}

export const notices = new Notices();
