import { ApiError, messageOf } from '../../api/client';
import { uploadClip } from '../../api/unit';
import { clipFileProblem, clipNameOf, refusalWords } from '../../lib/clip-files';

/** The unit's answer to a file that it cannot play. */
const BAD_REQUEST = 400;

export interface Upload {
  id: number;
  file: string;
  size: number;
  /** How much is sent, from 0 to 1; at 1 the unit checks and measures the sound. */
  part: number;
  state: 'waiting' | 'sending' | 'failed';
  problem: string;
  /** The problem lies in the file. */
  format: boolean;
  cancel: () => void;
}

/** Files on their way to the unit, one after the other; failed ones stay until they are closed. */
export class Uploads {
  list = $state<Upload[]>([]);
  /** A file was refused for what it is, so that it helps to know what the unit takes. */
  readonly refused = $derived(this.list.some((upload) => upload.state === 'failed' && upload.format));
  #next = 1;
  #queue: Promise<void> = Promise.resolve();
  readonly #uploaded: (name: string) => void;

  constructor(uploaded: (name: string) => void) {
    this.#uploaded = uploaded;
  }

  add(files: Iterable<File>, maximumMiB: number | null): void {
    for (const file of files) this.#addOne(file, clipFileProblem(file, maximumMiB));
  }

  close(id: number): void {
    this.list = this.list.filter((upload) => upload.id !== id);
  }

  #addOne(file: File, problem: string | null): void {
    const id = this.#next++;
    const abort = new AbortController();
    this.list.push({
      id,
      file: file.name,
      size: file.size,
      part: 0,
      state: problem ? 'failed' : 'waiting',
      problem: problem ?? '',
      format: problem !== null,
      cancel: () => {
        abort.abort();
        this.close(id);
      },
    });
    if (!problem) this.#queue = this.#queue.then(() => this.#send(id, file, abort.signal));
  }

  async #send(id: number, file: File, signal: AbortSignal): Promise<void> {
    const upload = this.list.find((entry) => entry.id === id);
    if (!upload) return;
    upload.state = 'sending';
    const name = clipNameOf(file.name);
    try {
      await uploadClip(file, name, (part) => (upload.part = part), signal);
      this.close(id);
      this.#uploaded(name);
    } catch (error) {
      if (signal.aborted) return;
      upload.state = 'failed';
      upload.problem = refusalWords(messageOf(error));
      upload.format = error instanceof ApiError && error.status === BAD_REQUEST;
    }
  }
}
