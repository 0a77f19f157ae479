/** How requests travel: cookies, the token against forged requests, and what failures mean. */

import { capital } from '../lib/format';

/** The unit answered, and said no. `message` can be shown to a person. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/** The unit did not answer at all, or only nginx did: it is away or restarting. */
export class Unreachable extends Error {
  constructor() {
    super('The unit does not answer. Check its power and network; this page goes on trying.');
    this.name = 'Unreachable';
  }
}

/** What the rest of the interface wants to hear of; state modules put their functions here. */
export const heard = {
  reached: (): void => undefined,
  unreachable: (): void => undefined,
  sessionLost: (): void => undefined,
};

/** The unit's web server answers within 30 s, for itself where nobody else does: then the connection is dead. */
const PATIENCE_MS = 40_000;

let csrf = '';

export function setCsrf(token: string): void {
  csrf = token;
}

export interface RequestOptions {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  query?: Record<string, string>;
  json?: unknown;
  form?: Record<string, string>;
  body?: Blob;
  /** A 401 here means wrong credentials or no session yet, not a session that has ended. */
  anonymous?: boolean;
}

export function urlOf(path: string, query: Record<string, string> = {}): string {
  const parameters = new URLSearchParams(query).toString();
  return parameters ? `${path}?${parameters}` : path;
}

export function requestHeaders(): Record<string, string> {
  return csrf ? { 'X-CSRF-Token': csrf } : {};
}

function bodyOf(options: RequestOptions, headers: Record<string, string>): BodyInit | null {
  if (options.json !== undefined) {
    headers['Content-Type'] = 'application/json';
    return JSON.stringify(options.json);
  }
  return options.form ? new URLSearchParams(options.form) : (options.body ?? null);
}

/** Send a request; answers the text of a success, throws `ApiError` or `Unreachable` else. */
export async function request(path: string, options: RequestOptions = {}): Promise<string> {
  const headers = requestHeaders();
  const body = bodyOf(options, headers);
  let response: Response;
  let text: string;
  try {
    response = await fetch(urlOf(path, options.query), {
      method: options.method ?? 'GET',
      headers,
      body,
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    text = await response.text();
  } catch {
    heard.unreachable();
    throw new Unreachable();
  }
  return settle(response.status, response.headers.get('Content-Type') ?? '', text, options.anonymous);
}

/** Turn an answer into its text or the error it means; shared with the upload, which is no fetch. */
export function settle(status: number, contentType: string, text: string, anonymous = false): string {
  // The web server says so itself while the rest of the unit is away, in the form of the path.
  const starting = status === 503 && text.includes('The unit is starting');
  const fromProxy = [502, 503, 504].includes(status) && contentType.startsWith('text/html');
  if (starting || fromProxy) {
    heard.unreachable();
    throw new Unreachable();
  }
  heard.reached();
  if (status >= 200 && status < 300) return text;
  if (status === 401 && !anonymous) heard.sessionLost();
  throw errorOf(status, text);
}

const PLAIN_WORDS: Record<number, string> = {
  401: 'You are not signed in. Sign in and try again.',
  403: 'Your account may not do this. Sign in as an administrator.',
  404: 'The unit does not have this any more. Load the page again.',
  411: 'The unit needs to know the length of what it is sent.',
  413: 'The file is larger than the unit takes.',
  429: 'Too many requests. Wait a few seconds and try again.',
  503: 'The unit cannot do this right now. Try again in a few seconds.',
};

function plainWords(status: number): string {
  return PLAIN_WORDS[status] ?? `The unit refused this (${status}). Try again, or load the page again.`;
}

function errorOf(status: number, text: string): ApiError {
  const json = parsed(text);
  const error = isRecord(json) ? json['error'] : undefined;
  if (isRecord(error)) {
    const message = typeof error['message'] === 'string' ? error['message'] : plainWords(status);
    return new ApiError(status, String(error['code'] ?? status), message, detailsOf(error['details']));
  }
  // Service APIs answer a fault.
  if (isRecord(json) && typeof json['FaultReason'] === 'string') {
    return new ApiError(status, String(json['FaultSubCode'] ?? status), json['FaultReason']);
  }
  // Text CGIs answer "400 Bad Request" and the reason on the next line.
  const reason = text.startsWith(String(status)) ? text.split('\n').slice(1).join(' ').trim() : '';
  return new ApiError(status, String(status), reason || plainWords(status));
}

function detailsOf(value: unknown): Record<string, string> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([name, text]) => [name, String(text)]));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What the unit said as a sentence, with what to do where it lies in nobody's hands. */
function refusal(error: ApiError): string {
  const said = capital(error.message);
  const passes = error.status === 503 && error.code !== 'hardware_fault' && !/try again/i.test(said);
  if (!passes) return said;
  return `${said.replace(/\.$/, '')}. Try again in a few seconds.`;
}

/** What to show a person when something failed. */
export function messageOf(error: unknown): string {
  if (error instanceof Unreachable) return error.message;
  if (error instanceof ApiError) return refusal(error);
  return 'Something went wrong in this page. Load it again.';
}
