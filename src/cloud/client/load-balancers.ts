/** Load balancers of a running cloud, as in the Load Balancer API's `/loadbalancers`, `/pools` and `/members`. */
import type { CloudDocument } from '../../topology/index.ts';
import { type Applied, type Editor, found } from './editor.ts';

type Balancer = CloudDocument['loadbalancers'][string];
type Pool = Balancer['pools'][string];
type Member = Pool['members'][number];

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
  /** By the name of the server that does the work. */
  readonly members: {
    update(
      balancer: string,
      pool: string,
      server: string,
      attributes: Partial<Pick<Member, 'weight' | 'admin_state_up'>>,
    ): Promise<Applied>;
    delete(balancer: string, pool: string, server: string): Promise<Applied>;
  };
}

export function loadBalancers(editor: Editor): LoadBalancers {
  const balancer = (document: CloudDocument, name: string): Balancer =>
    found(document.loadbalancers, 'load balancer', name);
  const poolOf = (document: CloudDocument, name: string, pool: string): Pool =>
    found(balancer(document, name).pools, 'pool', pool);
  const memberOf = ({ members }: Pool, server: string): Member => {
    const byServer = members.flatMap((one) => (one.server === undefined ? [] : [[one.server, one] as const]));
    return found(Object.fromEntries(byServer), 'member', server);
  };
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
      update: (name, pool, server, attributes) =>
        editor.edit((document) => {
          Object.assign(memberOf(poolOf(document, name, pool), server), attributes);
        }),
      delete: (name, pool, server) =>
        editor.edit((document) => {
          const { members } = poolOf(document, name, pool);
          members.splice(members.indexOf(memberOf(poolOf(document, name, pool), server)), 1);
        }),
    },
  };
}
