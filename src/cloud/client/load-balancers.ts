/** Load balancers of a running cloud, as in the Load Balancer API's `/loadbalancers`, `/pools` and `/members`. */
import type { CloudDocument, CloudDocumentInput } from '../../topology/index.ts';
import { type Applied, type Editor, found } from './editor.ts';

type Balancer = CloudDocument['loadbalancers'][string];
type Pool = Balancer['pools'][string];
type Member = Pool['members'][number];

type NewBalancer = NonNullable<CloudDocumentInput['loadbalancers']>[string];
type NewMember = NonNullable<NonNullable<NewBalancer['pools']>[string]['members']>[number];

type Update<T> = Partial<Pick<T, 'admin_state_up' & keyof T>>;

export interface LoadBalancers {
  update(name: string, attributes: Update<Balancer>): Promise<Applied>;
  readonly listeners: {
    update(
      balancer: string,
      name: string,
      attributes: Update<Balancer['listeners'][string]>,
    ): Promise<Applied>;
  };
  readonly pools: {
    update(balancer: string, name: string, attributes: Update<Pool>): Promise<Applied>;
  };
  /** By the name of the server that does the work, or by the address where the document has one instead. */
  readonly members: {
    create(balancer: string, pool: string, member: NewMember): Promise<Applied>;
    update(
      balancer: string,
      pool: string,
      member: string,
      attributes: Partial<Pick<Member, 'weight' | 'admin_state_up'>>,
    ): Promise<Applied>;
    delete(balancer: string, pool: string, member: string): Promise<Applied>;
  };
}

export function loadBalancers(editor: Editor): LoadBalancers {
  const balancer = (document: CloudDocument, name: string): Balancer =>
    found(document.loadbalancers, 'load balancer', name);
  const poolOf = (document: CloudDocument, name: string, pool: string): Pool =>
    found(balancer(document, name).pools, 'pool', pool);
  const memberOf = ({ members }: Pool, name: string): Member =>
    found(Object.fromEntries(members.map((one) => [one.server ?? one.address ?? '', one])), 'member', name);
  return {
    update: (name, attributes) =>
      editor.edit((document) => {
        Object.assign(balancer(document, name), attributes);
      }),
    listeners: {
      update: (name, listener, attributes) =>
        editor.edit((document) => {
          Object.assign(found(balancer(document, name).listeners, 'listener', listener), attributes);
        }),
    },
    pools: {
      update: (name, pool, attributes) =>
        editor.edit((document) => {
          Object.assign(poolOf(document, name, pool), attributes);
        }),
    },
    members: {
      create: (name, pool, member) =>
        editor.edit((document) => {
          // The editor adds what is left out.
          poolOf(document, name, pool).members.push(member as Member);
        }),
      update: (name, pool, member, attributes) =>
        editor.edit((document) => {
          Object.assign(memberOf(poolOf(document, name, pool), member), attributes);
        }),
      delete: (name, pool, member) =>
        editor.edit((document) => {
          const own = poolOf(document, name, pool);
          own.members.splice(own.members.indexOf(memberOf(own, member)), 1);
        }),
    },
  };
}
