/** Every kind of field, by the type the unit gives it. A new kind is one folder and one line here. */

import type { Component } from 'svelte';

import type { Kind, KindOf } from '../api/types';
import { check as checkBool } from './bool/check';
import Bool from './bool/Field.svelte';
import { check as checkEnum } from './enum/check';
import Enum from './enum/Field.svelte';
import type { FieldKind, FieldProps } from './field';
import { check as checkGain } from './gain/check';
import Gain from './gain/Field.svelte';
import { check as checkHostname } from './hostname/check';
import Hostname from './hostname/Field.svelte';
import { check as checkInt } from './int/check';
import Int from './int/Field.svelte';
import { check as checkIp } from './ip/check';
import Ip from './ip/Field.svelte';
import { check as checkIpList } from './ip_list/check';
import IpList from './ip_list/Field.svelte';
import { check as checkPassword } from './password/check';
import Password from './password/Field.svelte';
import { check as checkString } from './string/check';
import Text from './string/Field.svelte';

const kinds: { [T in Kind['type']]: FieldKind<KindOf<T>> } = {
  bool: { component: Bool, check: checkBool },
  enum: { component: Enum, check: checkEnum },
  gain: { component: Gain, check: checkGain },
  hostname: { component: Hostname, check: checkHostname },
  int: { component: Int, check: checkInt },
  ip: { component: Ip, check: checkIp },
  ip_list: { component: IpList, check: checkIpList },
  password: { component: Password, check: checkPassword },
  string: { component: Text, check: checkString },
};

/** A unit newer than this page may have kinds it does not know: those are edited as text. */
function entryOf(kind: Kind): FieldKind<Kind> {
  const entry = Object.hasOwn(kinds, kind.type) ? kinds[kind.type] : { component: Text, check: () => null };
  return entry as unknown as FieldKind<Kind>;
}

export function fieldComponent(kind: Kind): Component<FieldProps> {
  return entryOf(kind).component;
}

export function fieldProblem(value: string, kind: Kind): string | null {
  return entryOf(kind).check(value, kind);
}
