/**
 * Firewalls of a running cloud, as in the Networking API's `/fw/firewalls`, `/fw/firewall_policies` and
 * `/fw/firewall_rules` (v1), and `/fwaas/firewall_groups` (v2).
 */
import type { CloudDocumentInput } from '../../topology/index.ts';
import { type Applied, assertUnused, type Editor, found } from './editor.ts';

type Input<K extends keyof CloudDocumentInput> =
  NonNullable<CloudDocumentInput[K]> extends Record<string, infer One> ? One : never;
type Rule = Input<'firewall_rules'>;

/** Where a rule is put in a policy; default the end. */
interface Place {
  readonly insert_before?: string;
  readonly insert_after?: string;
}

export interface Firewalls {
  create(name: string, attributes: Input<'firewalls'>): Promise<Applied>;
  update(name: string, attributes: Partial<Input<'firewalls'>>): Promise<Applied>;
  delete(name: string): Promise<Applied>;
  readonly policies: {
    insertRule(policy: string, rule: string, place?: Place): Promise<Applied>;
    removeRule(policy: string, rule: string): Promise<Applied>;
  };
  readonly rules: {
    create(name: string, attributes: Rule): Promise<Applied>;
    update(name: string, attributes: Partial<Rule>): Promise<Applied>;
    /** Refused while a policy has it. */
    delete(name: string): Promise<Applied>;
  };
}

export interface FirewallGroups {
  create(name: string, attributes: Input<'firewall_groups'>): Promise<Applied>;
  update(name: string, attributes: Partial<Input<'firewall_groups'>>): Promise<Applied>;
  delete(name: string): Promise<Applied>;
}

export function firewalls(editor: Editor): Firewalls {
  return {
    create: (name, attributes) =>
      editor.edit((document) => {
        Object.assign(document.firewalls, { [name]: attributes });
      }),
    update: (name, attributes) =>
      editor.edit((document) => {
        Object.assign(found(document.firewalls, 'firewall', name), attributes);
      }),
    delete: (name) =>
      editor.edit((document) => {
        found(document.firewalls, 'firewall', name);
        delete document.firewalls[name];
      }),
    policies: {
      insertRule: (policy, rule, { insert_before, insert_after } = {}) =>
        editor.edit((document) => {
          const list = found(document.firewall_policies, 'firewall policy', policy).firewall_rules;
          const beside = insert_before ?? insert_after;
          if (beside !== undefined)
            found(Object.fromEntries(list.map((one) => [one, one])), `rule of policy ${policy}`, beside);
          const at = beside === undefined ? list.length : list.indexOf(beside) + (insert_before ? 0 : 1);
          list.splice(at, 0, rule);
        }),
      removeRule: (policy, rule) =>
        editor.edit((document) => {
          const list = found(document.firewall_policies, 'firewall policy', policy).firewall_rules;
          found(Object.fromEntries(list.map((one) => [one, one])), `rule of policy ${policy}`, rule);
          list.splice(list.indexOf(rule), 1);
        }),
    },
    rules: {
      create: (name, attributes) =>
        editor.edit((document) => {
          Object.assign(document.firewall_rules, { [name]: attributes });
        }),
      update: (name, attributes) =>
        editor.edit((document) => {
          Object.assign(found(document.firewall_rules, 'firewall rule', name), attributes);
        }),
      delete: (name) =>
        editor.edit(({ firewall_rules, firewall_policies }) => {
          found(firewall_rules, 'firewall rule', name);
          const users = Object.entries(firewall_policies).flatMap(([policy, { firewall_rules: rules }]) =>
            rules.includes(name) ? [`policy ${policy}`] : [],
          );
          assertUnused('firewall rule', name, users);
          delete firewall_rules[name];
        }),
    },
  };
}

export function firewallGroups(editor: Editor): FirewallGroups {
  return {
    create: (name, attributes) =>
      editor.edit((document) => {
        Object.assign(document.firewall_groups, { [name]: attributes });
      }),
    update: (name, attributes) =>
      editor.edit((document) => {
        Object.assign(found(document.firewall_groups, 'firewall group', name), attributes);
      }),
    delete: (name) =>
      editor.edit((document) => {
        found(document.firewall_groups, 'firewall group', name);
        delete document.firewall_groups[name];
      }),
  };
}
