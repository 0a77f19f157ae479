/** What is entered on the MQTT pages: drafts, their problems in words, and how they read in lists. */

import type { Announcement, ClientConfig, MqttFilter, Protocol, Publication, Qos, Retain } from '../api/mqtt';

export const PROTOCOLS: readonly { value: Protocol; text: string }[] = [
  { value: 'tcp', text: 'MQTT over TCP' },
  { value: 'ssl', text: 'MQTT over SSL' },
  { value: 'ws', text: 'MQTT over WebSocket' },
  { value: 'wss', text: 'MQTT over WebSocket Secure' },
];
export const PORTS: Readonly<Record<Protocol, number>> = { tcp: 1883, ssl: 8883, ws: 80, wss: 443 };
export const RETAINS: readonly { value: Retain; text: string; help: string }[] = [
  { value: 'none', text: 'None', help: 'Send all messages as non-retained.' },
  { value: 'property', text: 'Property', help: 'Send only stateful messages as retained.' },
  { value: 'all', text: 'All', help: 'Send both stateful and stateless messages as retained.' },
];
export const QUALITIES: readonly { value: Qos; text: string }[] = [
  { value: 0, text: '0: at most once' },
  { value: 1, text: '1: at least once' },
  { value: 2, text: '2: exactly once' },
];
export const LONGEST_TOPIC = 1024;

export const encrypted = (protocol: Protocol): boolean => protocol === 'ssl' || protocol === 'wss';
export const webSocket = (protocol: Protocol): boolean => protocol === 'ws' || protocol === 'wss';

/** A message as its fields have it. */
export interface Said {
  send: boolean;
  useDefault: boolean;
  topic: string;
  payload: string;
  retain: boolean;
  qos: Qos;
}

/** The client as its fields have it. */
export interface Draft {
  host: string;
  protocol: Protocol;
  port: string;
  alpn: string;
  basepath: string;
  username: string;
  /** Empty: as it is. */
  password: string;
  clientId: string;
  cleanSession: boolean;
  httpProxy: string;
  httpsProxy: string;
  keepAlive: string;
  timeout: string;
  prefix: string;
  reconnect: boolean;
  validate: boolean;
  clientCertificate: string;
  authority: string;
  connect: Said;
  will: Said;
}

export function saidOf(message: Announcement | undefined): Said {
  return {
    send: message !== undefined,
    useDefault: message?.useDefault ?? true,
    topic: message?.topic ?? '',
    payload: message?.message ?? '',
    retain: message?.retain ?? false,
    qos: message?.qos ?? 0,
  };
}

function announced(said: Said): Announcement | undefined {
  if (!said.send) return undefined;
  if (said.useDefault) return { useDefault: true };
  const { topic, payload, retain, qos } = said;
  return { useDefault: false, topic, message: payload, retain, qos };
}

export function draftOf(config: ClientConfig): Draft {
  return {
    host: config.server.host,
    protocol: config.server.protocol,
    port: String(config.server.port),
    alpn: config.server.alpnProtocol,
    basepath: config.server.basepath,
    username: config.username,
    password: '',
    clientId: config.clientId,
    cleanSession: config.cleanSession,
    httpProxy: config.httpProxy,
    httpsProxy: config.httpsProxy,
    keepAlive: String(config.keepAliveInterval),
    timeout: String(config.connectTimeout),
    prefix: config.deviceTopicPrefix,
    reconnect: config.autoReconnect,
    validate: config.ssl?.validateServerCert ?? true,
    clientCertificate: config.ssl?.clientCertID ?? '',
    authority: config.ssl?.CACertID ?? '',
    connect: saidOf(config.connectMessage),
    will: saidOf(config.lastWillTestament),
  };
}

/** What is sent to the unit; what these fields do not show stays as it was before. */
export function configOf(draft: Draft, before: ClientConfig): ClientConfig {
  const wanted: ClientConfig = {
    server: {
      protocol: draft.protocol,
      host: draft.host.trim(),
      port: Number(draft.port),
      basepath: draft.basepath.trim(),
      alpnProtocol: draft.alpn.trim(),
    },
    httpProxy: draft.httpProxy.trim(),
    httpsProxy: draft.httpsProxy.trim(),
    username: draft.username,
    password: draft.password,
    clientId: draft.clientId.trim(),
    keepAliveInterval: Number(draft.keepAlive),
    connectTimeout: Number(draft.timeout),
    cleanSession: draft.cleanSession,
    autoReconnect: draft.reconnect,
    deviceTopicPrefix: draft.prefix.trim(),
    ssl: {
      clientCertID: draft.clientCertificate,
      CACertID: draft.authority,
      validateServerCert: draft.validate,
    },
  };
  if (draft.password === '' && draft.username !== '') wanted.keepExistingPassword = true;
  const connect = announced(draft.connect);
  const will = announced(draft.will);
  if (connect) wanted.connectMessage = connect;
  if (will) wanted.lastWillTestament = will;
  if (before.disconnectMessage) wanted.disconnectMessage = before.disconnectMessage;
  return wanted;
}

/** The port that goes with another protocol: its own, unless somebody has chosen one. */
export function portFor(protocol: Protocol, port: string, before: Protocol): string {
  const untouched = port.trim() === '' || Number(port) === PORTS[before];
  return untouched ? String(PORTS[protocol]) : port;
}

function numberProblem(text: string, low: number, high: number): string | null {
  const number = Number(text);
  const right = /^\d+$/.test(text.trim()) && number >= low && number <= high;
  return right ? null : `Enter a whole number from ${low} to ${high}.`;
}

function proxyProblem(text: string): string | null {
  if (text.trim() === '') return null;
  if (new TextEncoder().encode(text).length > 255) return 'Use at most 255 bytes.';
  return /^(http:\/\/)?[^\s/]+\/?$/.test(text.trim()) ? null : 'Enter it as http://host:port.';
}

export function topicProblem(topic: string): string | null {
  if (topic === '') return 'Enter a topic.';
  if (topic.length > LONGEST_TOPIC) return `Use at most ${LONGEST_TOPIC} characters.`;
  return /[+#]/.test(topic) ? 'A topic to publish to has no + and no #.' : null;
}

export function filterProblem(filter: string, stateful: boolean): string | null {
  if (filter === '') return 'Enter a topic.';
  if (filter.length > LONGEST_TOPIC) return `Use at most ${LONGEST_TOPIC} characters.`;
  if (stateful && /[+#]/.test(filter)) return 'A stateful subscription is one topic, without + and #.';
  const levels = filter.split('/');
  const whole = levels.every((level) => level === '+' || level === '#' || !/[+#]/.test(level));
  if (!whole || levels.slice(0, -1).includes('#')) return '+ stands for one whole level, # for all that follow.';
  return null;
}

export type Problems = Partial<Record<keyof Draft, string>>;

export function draftProblems(draft: Draft): Problems {
  const found: Record<string, string | null> = {
    host: /^[^\s/@]+$/.test(draft.host.trim()) ? null : 'Enter a host name or an IP address.',
    port: numberProblem(draft.port, 1, 65535),
    keepAlive: numberProblem(draft.keepAlive, 0, 65535),
    timeout: numberProblem(draft.timeout, 1, 65535),
    httpProxy: proxyProblem(draft.httpProxy),
    httpsProxy: proxyProblem(draft.httpsProxy),
    prefix: /[+#]/.test(draft.prefix) ? 'A prefix has no + and no #.' : null,
    password: draft.password && !draft.username ? 'A password needs a username.' : null,
    connect: ownTopicProblem(draft.connect),
    will: ownTopicProblem(draft.will),
  };
  return Object.fromEntries(Object.entries(found).filter(([, problem]) => problem !== null)) as Problems;
}

function ownTopicProblem(said: Said): string | null {
  return said.send && !said.useDefault ? topicProblem(said.topic) : null;
}

/** The filter that means just this topic of the unit. */
export function filterOf(topic: string): string {
  return topic.replaceAll('tnsaxis:', 'axis:').replaceAll('tns1:', 'onvif:');
}

/** The topic of the unit that a filter means; null where it may be several. */
export function topicOf(filter: string): string | null {
  if (filter.endsWith('//.') || filter.includes('|')) return null;
  return filter.replaceAll(/(^|\/)axis:/g, '$1tnsaxis:').replaceAll(/(^|\/)onvif:/g, '$1tns1:');
}

/** Where messages go, as an example shows it. */
export function exampleTopic(publication: Publication, devicePrefix: string): string {
  const { topicPrefix, customTopicPrefix, appendEventTopic, includeTopicNamespaces } = publication;
  const prefix = topicPrefix === 'custom' ? customTopicPrefix : `${devicePrefix}/event`;
  if (!appendEventTopic) return prefix;
  return `${prefix}/${includeTopicNamespaces ? 'onvif:Device/axis:IO/Port' : 'Device/IO/Port'}`;
}

export function subscriptionWords(filter: MqttFilter): string {
  const kind = filter.isStateData ? 'Stateful' : 'Stateless';
  return `${kind}, QoS ${filter.qos}${filter.useDeviceTopicPrefix ? ', with the device topic prefix' : ''}`;
}
