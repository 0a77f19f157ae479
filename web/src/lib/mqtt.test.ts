import { describe, expect, it } from 'vitest';

import type { ClientConfig, Publication } from '../api/mqtt';
import {
  configOf,
  draftOf,
  draftProblems,
  exampleTopic,
  filterOf,
  filterProblem,
  portFor,
  subscriptionWords,
  topicOf,
  topicProblem,
} from './mqtt';

const CONFIG: ClientConfig = {
  server: { protocol: 'wss', host: 'broker', port: 443, basepath: 'mqtt', alpnProtocol: 'x' },
  httpProxy: '',
  httpsProxy: 'http://u:*****@proxy',
  username: 'u',
  password: '*****',
  clientId: 'c',
  keepAliveInterval: 60,
  connectTimeout: 60,
  cleanSession: true,
  autoReconnect: true,
  deviceTopicPrefix: 'axis/1',
  connectMessage: { useDefault: true },
  disconnectMessage: { useDefault: false, topic: 't', message: 'm', retain: true, qos: 1 },
  ssl: { validateServerCert: false, clientCertID: 'door', CACertID: 'house' },
};

describe('the client', () => {
  it('goes into the fields and back unchanged, with the password it has', () => {
    const { password: _password, ...rest } = CONFIG;
    expect(configOf(draftOf(CONFIG), CONFIG)).toEqual({ ...rest, password: '', keepExistingPassword: true });
  });

  it('takes a new password, and forgets the old one with the user name', () => {
    const draft = draftOf(CONFIG);
    expect(configOf({ ...draft, password: 'new' }, CONFIG)).toMatchObject({ password: 'new' });
    expect(configOf({ ...draft, password: 'new' }, CONFIG)).not.toHaveProperty('keepExistingPassword');
    expect(configOf({ ...draft, username: '' }, CONFIG)).not.toHaveProperty('keepExistingPassword');
  });

  it('sends a message of its own, or none', () => {
    const draft = draftOf(CONFIG);
    const own = { send: true, useDefault: false, topic: 'a', payload: 'b', retain: true, qos: 2 as const };
    const config = configOf({ ...draft, will: own, connect: { ...draft.connect, send: false } }, CONFIG);
    expect(config.lastWillTestament).toEqual({ useDefault: false, topic: 'a', message: 'b', retain: true, qos: 2 });
    expect(config).not.toHaveProperty('connectMessage');
  });

  it('takes the port along with the protocol, unless somebody chose one', () => {
    expect(portFor('ssl', '1883', 'tcp')).toBe('8883');
    expect(portFor('ws', '', 'tcp')).toBe('80');
    expect(portFor('wss', '9001', 'ws')).toBe('9001');
  });

  it('says what is wrong', () => {
    const draft = draftOf(CONFIG);
    expect(draftProblems(draft)).toEqual({});
    const wrong = {
      ...draft,
      host: 'a b',
      port: '0',
      timeout: '',
      httpProxy: `http://${'p'.repeat(250)}`,
      httpsProxy: 'http://a/b',
      prefix: 'a/#',
      username: '',
      password: 'p',
      will: { ...draft.will, send: true, useDefault: false },
    };
    expect(Object.keys(draftProblems(wrong)).sort()).toEqual(
      ['host', 'httpProxy', 'httpsProxy', 'password', 'port', 'prefix', 'timeout', 'will'].sort(),
    );
  });
});

describe('topics', () => {
  it('are checked as the unit does', () => {
    expect(topicProblem('a/b')).toBeNull();
    for (const wrong of ['', 'a/+', '#', 'x'.repeat(1025)]) expect(topicProblem(wrong)).not.toBeNull();
    for (const right of ['a', '+/b/#', '#', 'a/+']) expect(filterProblem(right, false)).toBeNull();
    for (const wrong of ['', 'a#', 'a/#/b', 'b+']) expect(filterProblem(wrong, false)).not.toBeNull();
    expect(filterProblem('a/+', true)).toMatch('without');
  });

  it('have friendly names in filters', () => {
    expect(filterOf('tns1:Device/tnsaxis:IO/Port')).toBe('onvif:Device/axis:IO/Port');
    expect(topicOf('onvif:Device/axis:IO/Port')).toBe('tns1:Device/tnsaxis:IO/Port');
    expect(topicOf('tns1:Device/tnsaxis:IO/Port')).toBe('tns1:Device/tnsaxis:IO/Port');
    expect(topicOf('axis:CallButton')).toBe('tnsaxis:CallButton');
    expect(topicOf('onvif:Device//.')).toBeNull();
  });

  it('are shown as they will be', () => {
    const publication: Publication = {
      topicPrefix: 'default',
      customTopicPrefix: 'hall',
      appendEventTopic: true,
      includeTopicNamespaces: true,
      includeSerialNumberInPayload: false,
      eventFilterList: [],
    };
    expect(exampleTopic(publication, 'axis/1')).toBe('axis/1/event/onvif:Device/axis:IO/Port');
    expect(exampleTopic({ ...publication, includeTopicNamespaces: false }, 'axis/1')).toBe(
      'axis/1/event/Device/IO/Port',
    );
    expect(exampleTopic({ ...publication, topicPrefix: 'custom', appendEventTopic: false }, '')).toBe('hall');
  });

  it('of subscriptions read in words', () => {
    const filter = { topicFilter: 'a', useDeviceTopicPrefix: true, qos: 1 as const, isStateData: false };
    expect(subscriptionWords(filter)).toBe('Stateless, QoS 1, with the device topic prefix');
  });
});
