/** A unit as tests know it. */

import type { ActionTemplate, Condition, ListedSchedule, Rule, TemplateParameter, Topic } from '../../api/event-types';
import type { Known } from './topics';

const BOOLEAN = 'xsd:boolean';

function topic(name: string, title: string, rest: Partial<Topic> = {}): Topic {
  const flags = { application_data: false, deprecated: false, client_event: false };
  return { topic: name, nice_name: title, source: [], data: [], state: null, ...flags, ...rest };
}

export const INPUT = topic('tns1:Device/tnsaxis:IO/Port', 'Digital input port', {
  source: [
    { name: 'port', type: 'xsd:int', nice_name: 'Port', values: { '-1': 'Any', '0': 'Port 1', '1': 'Port 2' } },
  ],
  data: [{ name: 'state', type: BOOLEAN, nice_name: 'Active', values: null }],
  state: 'state',
});
export const PLAYING = topic('tnsaxis:MediaClip/Playing', 'Playing', {
  source: [{ name: 'AudioOutput', type: 'xsd:int', nice_name: 'Audio Output', values: { '1': '1' } }],
  data: [{ name: 'Playing', type: BOOLEAN, nice_name: 'Playing Status', values: null }],
  state: 'Playing',
});
export const GESTURE = topic('tns1:Device/tnsaxis:IO/ControlButtonGesture', 'Control button gesture', {
  data: [{ name: 'gesture', type: 'xsd:string', nice_name: 'Gesture', values: { impedance_test: 'Impedance test' } }],
});
export const INTERVAL = topic('tns1:UserAlarm/tnsaxis:Recurring/Interval', 'Scheduled event', {
  source: [{ name: 'id', type: 'xsd:string', nice_name: 'Schedule', values: null }],
  data: [{ name: 'active', type: BOOLEAN, nice_name: 'Active', values: null }],
  state: 'active',
});
export const PRESSED = topic('tnsaxis:Call/DTMF', 'DTMF', {
  source: [{ name: 'DTMFEventId', type: 'xsd:string', nice_name: 'DTMF Event ID', values: null }],
});
const PROGRAMS = topic('tns1:Device/Trigger/DigitalInput', 'Digital input', {
  data: [{ name: 'LogicalState', type: BOOLEAN, nice_name: 'Active', values: null }],
  state: 'LogicalState',
  application_data: true,
});

export const OFFICE: ListedSchedule = {
  schedule: { id: 'com.axis.schedules.office_hours', name: 'Office Hours', icalendar: '' },
  pulse: false,
  factory: true,
  active: false,
  next: null,
};

export const KNOWN: Known = {
  topics: [INPUT, PLAYING, GESTURE, INTERVAL, PRESSED, PROGRAMS],
  states: [{ topic: INPUT.topic, source: { port: '0' }, data: { state: '1' }, since: 5 }],
  schedules: [OFFICE],
  keys: { dtmf_event_0: 'stop audio' },
};

export function parameter(name: string, rest: Partial<TemplateParameter> = {}): TemplateParameter {
  return {
    name,
    label: name,
    help: '',
    kind: 'text',
    default: '',
    values: null,
    low: null,
    high: null,
    longest: 1024,
    deprecated: false,
    ...rest,
  };
}

export function template(token: string, label: string, rest: Partial<ActionTemplate> = {}): ActionTemplate {
  return { token, label, group: '', parameters: [], recipient: null, unlimited: false, unavailable: '', ...rest };
}

export function condition(topic: string, content = '', invert = false): Condition {
  return { topic, content, invert };
}

export function rule(rest: Partial<Rule> = {}): Rule {
  return { id: 1, name: 'Doorbell', enabled: true, action: 1, trigger: null, conditions: [], wait_s: 0, ...rest };
}
