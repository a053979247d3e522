/** Security groups of a running cloud, as in the Networking API's `/security-groups` and `/security-group-rules`. */
import type { CloudDocument, CloudDocumentInput } from '../../topology/index.ts';
import { type Applied, assertUnused, type Editor, found } from './editor.ts';

type Rule = CloudDocument['security_groups'][string]['security_group_rules'][number];
type RuleInput = NonNullable<
  NonNullable<CloudDocumentInput['security_groups']>[string]['security_group_rules']
>[number];

export interface SecurityGroups {
  create(name: string): Promise<Applied>;
  /** Refused while a server or a port has it, or a rule names it. */
  delete(name: string): Promise<Applied>;
  readonly rules: {
    create(group: string, rule: RuleInput): Promise<Applied>;
    /** All rules of the group that have these attributes; there must be one. */
    delete(group: string, attributes: Partial<RuleInput>): Promise<Applied>;
  };
}

export function securityGroups(editor: Editor): SecurityGroups {
  return {
    create: (name) =>
      editor.edit(({ security_groups }) => {
        Object.assign(security_groups, { [name]: {} });
      }),
    delete: (name) =>
      editor.edit((document) => {
        found(document.security_groups, 'security group', name);
        assertUnused('security group', name, usersOf(document, name));
        delete document.security_groups[name];
      }),
    rules: {
      create: (group, rule) =>
        editor.edit(({ security_groups }) => {
          const rules: RuleInput[] = found(security_groups, 'security group', group).security_group_rules;
          rules.push(rule);
        }),
      delete: (group, attributes) =>
        editor.edit(({ security_groups }) => {
          const wanted = found(security_groups, 'security group', group);
          const left = wanted.security_group_rules.filter((rule) => !has(rule, attributes));
          if (left.length === wanted.security_group_rules.length) {
            const known = Object.fromEntries(wanted.security_group_rules.map((rule) => [words(rule), rule]));
            found(known, `rule of group ${group}`, words(attributes));
          }
          wanted.security_group_rules = left;
        }),
    },
  };
}

const has = (rule: Rule, attributes: Partial<RuleInput>): boolean =>
  Object.entries(attributes).every(([name, value]) => rule[name as keyof Rule] === value);

const words = (rule: Partial<RuleInput>): string =>
  Object.entries(rule)
    .flatMap(([name, value]) => (value === null || value === undefined ? [] : [`${name} ${value}`]))
    .join(', ');

function usersOf({ servers, ports, security_groups }: CloudDocument, name: string): string[] {
  const users = (things: Record<string, { security_groups?: string[] | undefined }>, kind: string) =>
    Object.entries(things).flatMap(([user, thing]) =>
      thing.security_groups?.includes(name) ? [`${kind} ${user}`] : [],
    );
  const rules = Object.entries(security_groups).flatMap(([group, { security_group_rules }]) =>
    group !== name && security_group_rules.some((rule) => rule.remote_group === name)
      ? [`a rule of group ${group}`]
      : [],
  );
  return [...users(servers, 'server'), ...users(ports, 'port'), ...rules];
}
