/** Topics as people look for them: in groups, in plain words, with the values that can be chosen. */

import type { Item, ListedSchedule, State, Told, Topic, Values } from '../../api/event-types';
import { capital } from '../format';
import { fileOf } from './location';
import { isSaid, phraseOf } from './phrases';

/** Beginnings of topics, the first that fits counts, in the order in which the groups are shown. */
const GROUPS: readonly (readonly [string, string])[] = [
  ['tns1:Device/tnsaxis:IO/Port', 'Input ports'],
  ['tns1:Device/tnsaxis:IO/SupervisedPort', 'Input ports'],
  ['tns1:Device/tnsaxis:IO/OutputPort', 'Output ports'],
  ['tns1:Device/tnsaxis:IO/VirtualPort', 'Manual trigger'],
  ['tns1:Device/tnsaxis:IO/VirtualInput', 'Virtual inputs'],
  ['tns1:UserAlarm/tnsaxis:Recurring', 'Schedules'],
  ['tnsaxis:MediaClip', 'Audio'],
  ['tns1:AudioSource', 'Audio'],
  ['tnsaxis:Audio', 'Audio'],
  ['tns1:Device/tnsaxis:Audio', 'Audio'],
  ['tns1:Device/tnsaxis:SpeakerTest', 'Audio'],
  ['tns1:Device/tnsaxis:Microphone', 'Audio'],
  ['tnsaxis:Call', 'Call'],
  ['tnsaxis:MQTT', 'MQTT'],
  ['tns1:Device/tnsaxis:MQTT', 'MQTT'],
  ['tns1:Device/tnsaxis:Network', 'Network'],
  ['tnsaxis:Storage', 'Recordings and storage'],
  ['tns1:RecordingConfig', 'Recordings and storage'],
  ['tns1:VideoSource', 'Live stream'],
  ['tnsaxis:CameraApplicationPlatform', 'Applications'],
  ['tns1:Device', 'Device'],
];
const OTHERS = 'Other';

/** What the manual calls topics that devices call otherwise. */
const TITLES: Readonly<Record<string, string>> = {
  'tnsaxis:MediaClip/Playing': 'Audio clip playing',
  'tnsaxis:MediaClip/CurrentlyPlaying': 'Audio clip starts',
  'tns1:UserAlarm/tnsaxis:Recurring/Interval': 'Schedule',
  'tns1:UserAlarm/tnsaxis:Recurring/Pulse': 'Pulse',
  'tns1:Device/tnsaxis:Network/AddressAdded': 'IP address added',
  'tns1:Device/tnsaxis:Network/AddressRemoved': 'IP address removed',
};

export const titleOf = (topic: Topic): string => TITLES[topic.topic] ?? topic.nice_name;

export interface TopicGroup {
  name: string;
  topics: Topic[];
}

export function groupOf(topic: string): string {
  return GROUPS.find(([start]) => topic.startsWith(start))?.[1] ?? OTHERS;
}

/** What can be chosen as a condition; what is meant for programs only stays out unless a rule has it already. */
export function topicGroups(topics: readonly Topic[], chosen: string): TopicGroup[] {
  const groups = new Map<string, Topic[]>([...GROUPS.map(([, name]) => name), OTHERS].map((name) => [name, []]));
  for (const topic of topics) {
    const meant = !topic.application_data && !topic.deprecated;
    if (meant || topic.topic === chosen) groups.get(groupOf(topic.topic))?.push(topic);
  }
  return [...groups]
    .filter(([, members]) => members.length > 0)
    .map(([name, members]) => ({ name, topics: members.sort((a, b) => titleOf(a).localeCompare(titleOf(b))) }));
}

export const INTERVAL = 'tns1:UserAlarm/tnsaxis:Recurring/Interval';
export const KEYS = 'tnsaxis:Call/DTMF';
export const PULSE = 'tns1:UserAlarm/tnsaxis:Recurring/Pulse';

/** Names that only the unit as it is now can tell. */
export interface Known {
  topics: readonly Topic[];
  states: readonly State[];
  schedules: readonly ListedSchedule[];
  /** What sequences of keys are called, by the id of their event. */
  keys: Values;
}

export const NOTHING_KNOWN: Known = { topics: [], states: [], schedules: [], keys: {} };

export function topicOf(known: Known, name: string): Topic | undefined {
  return known.topics.find((topic) => topic.topic === name);
}

/** The values of an item that can be chosen, with their words; null where any text may be entered. */
export function choices(topic: Topic, item: Item, known: Known): Values | null {
  if (topic.topic === INTERVAL || topic.topic === PULSE) {
    if (item.name === 'id') {
      const fitting = known.schedules.filter((entry) => entry.pulse === (topic.topic === PULSE));
      return Object.fromEntries(fitting.map(({ schedule }) => [schedule.id, schedule.name]));
    }
  }
  if (topic.topic === KEYS && item.name === 'DTMFEventId') return known.keys;
  if (item.type === 'xsd:boolean') return { '1': 'Yes', '0': 'No' };
  return item.values;
}

/** What an item that takes any text holds now: to be offered. */
export function suggestions(topic: Topic, item: Item, known: Known): string[] {
  const values = known.states
    .filter((state) => state.topic === topic.topic)
    .map((state) => state.source[item.name] ?? state.data[item.name] ?? '');
  return [...new Set(values)].filter((value) => value !== '').sort();
}

/** The words for a value. */
export function valueWords(topic: Topic | undefined, name: string, value: string, known: Known): string {
  const item = topic && [...topic.source, ...topic.data].find((one) => one.name === name);
  if (!topic || !item) return value;
  if (name === 'FileName') return fileOf(value);
  return choices(topic, item, known)?.[value] ?? value;
}

/** The state item when it is a plain yes or no: what a condition on the topic asks for unless it says otherwise. */
export function yesItem(topic: Topic): Item | null {
  return topic.data.find((item) => item.name === topic.state && item.type === 'xsd:boolean') ?? null;
}

/** What a new condition on a topic asks for. */
export function firstValues(topic: Topic, known: Known): Values {
  const values: Values = {};
  for (const item of topic.source) {
    const offered = Object.keys(choices(topic, item, known) ?? {});
    const [first] = offered;
    if (first !== undefined && item.name === 'id') values[item.name] = first;
    if (offered.includes('-1')) values[item.name] = '-1';
  }
  const yes = yesItem(topic);
  if (yes) values[yes.name] = '1';
  return values;
}

/** What an event or a state says, in words: "Input 1 is active". */
export function toldWords(told: Told, known: Known): string {
  const topic = topicOf(known, told.topic);
  const all: Values = { ...told.source, ...told.data };
  const yes = topic && yesItem(topic);
  const holds = !yes || told.data[yes.name] !== '0';
  const sentence = phraseOf(told.topic, holds, (name) => valueWords(topic, name, all[name] ?? '', known));
  if (sentence === null) return plainlyTold(told, topic, known);
  const rest = Object.entries(told.data)
    .filter(([name, value]) => value !== '' && name !== yes?.name && !isSaid(told.topic, name))
    .map(([name, value]) => dataWords(topic, name, value, known));
  return capital(rest.length > 0 ? `${sentence} (${rest.join(', ')})` : sentence);
}

function plainlyTold(told: Told, topic: Topic | undefined, known: Known): string {
  const data = Object.entries(told.data).map(([name, value]) => dataWords(topic, name, value, known));
  const head = subjectOf(told, known);
  return data.length > 0 ? `${head}: ${data.join(', ')}` : head;
}

/** What an event is about: "Virtual input 7", "Port 1 (Digital input port)". */
export function subjectOf(told: Told, known: Known): string {
  const topic = topicOf(known, told.topic);
  const title = topic ? titleOf(topic) : told.topic;
  const telling = Object.entries(told.source).filter(([name]) => {
    const item = topic?.source.find((one) => one.name === name);
    // What can be one thing only tells nothing apart.
    return !topic || !item || name === 'id' || Object.keys(choices(topic, item, known) ?? {}).length !== 1;
  });
  const words = telling.map(([name, value]) => valueWords(topic, name, value, known)).join(', ');
  if (words === '') return title;
  return /^\d+$/.test(words) ? `${title} ${words}` : `${words} (${title})`;
}

function dataWords(topic: Topic | undefined, name: string, value: string, known: Known): string {
  const item = topic?.data.find((one) => one.name === name);
  const label = (item?.nice_name ?? name).toLowerCase();
  if (item?.type === 'xsd:boolean') return value === '1' ? label : `not ${label}`;
  const words = valueWords(topic, name, value, known);
  return topic?.state === name ? words : `${label} ${words}`;
}
