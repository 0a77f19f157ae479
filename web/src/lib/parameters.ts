import type { Parameter } from '../api/types';

export interface Section {
  /** The group all parameters of the section are in, "Audio" or "Audio.A0". */
  group: string;
  parameters: Parameter[];
}

export interface Group {
  /** The first part of the names, "Audio". */
  name: string;
  count: number;
  sections: Section[];
}

/** A parameter's name as people read it: without the common root. */
export function shortName(name: string): string {
  return name.startsWith('root.') ? name.slice(5) : name;
}

function groupOf(name: string): string {
  const short = shortName(name);
  return short.slice(0, Math.max(0, short.lastIndexOf('.')));
}

const byName = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** Parameters as the tree they are: top groups, in each the sections of one group each. */
export function groupParameters(parameters: readonly Parameter[]): Group[] {
  const groups = new Map<string, Map<string, Parameter[]>>();
  for (const parameter of parameters) {
    const path = groupOf(parameter.name);
    const top = path.split('.')[0] || 'Other';
    const sections = groups.get(top) ?? new Map<string, Parameter[]>();
    groups.set(top, sections);
    sections.set(path, [...(sections.get(path) ?? []), parameter]);
  }
  return [...groups]
    .sort(([a], [b]) => byName.compare(a, b))
    .map(([name, sections]) => ({
      name,
      count: [...sections.values()].reduce((sum, list) => sum + list.length, 0),
      sections: [...sections]
        .sort(([a], [b]) => byName.compare(a, b))
        .map(([group, list]) => ({
          group,
          parameters: list.sort((a, b) => byName.compare(a.name, b.name)),
        })),
    }));
}

/** The parameters that hold every word of the search in name, label or help. */
export function searchParameters(parameters: readonly Parameter[], search: string): Parameter[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return parameters.filter((parameter) => {
    const text = `${shortName(parameter.name)} ${parameter.label} ${parameter.help}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
