/** Files on their way to the unit: no fetch, which cannot tell how much of a body is sent. */

import { heard, requestHeaders, settle, Unreachable } from './client';

/** Send a form with a file in it; `progress` hears how much of it is sent, from 0 to 1. Answers the text of a success. */
export function upload(
  url: string,
  body: FormData,
  progress: (part: number) => void,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.open('POST', url);
    for (const [header, value] of Object.entries(requestHeaders())) call.setRequestHeader(header, value);
    call.upload.onprogress = (event) => {
      if (event.lengthComputable) progress(event.loaded / event.total);
    };
    call.onload = () => {
      try {
        resolve(settle(call.status, call.getResponseHeader('Content-Type') ?? '', call.responseText));
      } catch (error) {
        reject(error);
      }
    };
    call.onerror = () => {
      heard.unreachable();
      reject(new Unreachable());
    };
    call.onabort = () => reject(new DOMException('The upload was cancelled.', 'AbortError'));
    signal.addEventListener('abort', () => call.abort(), { once: true });
    call.send(body);
  });
}
