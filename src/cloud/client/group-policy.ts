/** Groups of a running cloud, as in the Group-Based Policy API's `/policy_target_groups` and `/policy_targets`. */
import type { CloudDocumentInput } from '../../topology/index.ts';
import { type Applied, type Editor, found } from './editor.ts';

type Group = NonNullable<CloudDocumentInput['policy_target_groups']>[string];
type Target = NonNullable<CloudDocumentInput['policy_targets']>[string];

export interface PolicyTargetGroups {
  /** Also what it provides and consumes. */
  update(name: string, attributes: Partial<Group>): Promise<Applied>;
}

export interface PolicyTargets {
  create(name: string, attributes: Target): Promise<Applied>;
  delete(name: string): Promise<Applied>;
}

export function policyTargetGroups(editor: Editor): PolicyTargetGroups {
  return {
    update: (name, attributes) =>
      editor.edit((document) => {
        Object.assign(found(document.policy_target_groups, 'policy target group', name), attributes);
      }),
  };
}

export function policyTargets(editor: Editor): PolicyTargets {
  return {
    create: (name, attributes) =>
      editor.edit((document) => {
        Object.assign(document.policy_targets, { [name]: attributes });
      }),
    delete: (name) =>
      editor.edit((document) => {
        found(document.policy_targets, 'policy target', name);
        delete document.policy_targets[name];
      }),
  };
}
