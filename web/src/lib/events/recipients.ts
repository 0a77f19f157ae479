import type { Recipient, RecipientTemplate } from '../../api/event-types';

export const MOST_RECIPIENTS = 20;
export const LONGEST_NAME = 128;

/** Where something goes, by what a recipient of any kind calls it. */
const PLACES = ['upload_url', 'email_to', 'host', 'to', 'address', 'share', 'share_id', 'upload_path', 'folder'];
const MOST_PLACES = 3;

/** The configuration in one line: "192.0.2.1, 21, /clips". */
export function summaryOf(recipient: Recipient, template: RecipientTemplate | undefined): string {
  const shown = (name: string): string => (recipient.parameters[name] ?? '').trim();
  const places = PLACES.filter((name) => shown(name) !== '').map(shown);
  if (places.length > 0) return places.slice(0, MOST_PLACES).join(', ');
  const first = template?.parameters.find((one) => one.kind !== 'secret' && shown(one.name) !== '');
  return first ? shown(first.name) : 'nothing is set';
}

/** "Copy of Desk", or "Copy of Desk 2" when there is one already. */
export function copyName(name: string, recipients: readonly Recipient[]): string {
  const taken = new Set(recipients.map((one) => one.name));
  for (let number = 1; ; number += 1) {
    const suffix = number === 1 ? '' : ` ${number}`;
    const copy = `Copy of ${name}`.slice(0, LONGEST_NAME - suffix.length) + suffix;
    if (!taken.has(copy)) return copy;
  }
}
