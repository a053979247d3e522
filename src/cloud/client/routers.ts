/** Routers of a running cloud, as in the Networking API's `/routers`. */
import { EXIT, NetdojoError } from '../../errors/index.ts';
import { type CloudDocument, type CloudDocumentInput, nextHostOfRouter } from '../../topology/index.ts';
import { type Applied, assertUnused, type Editor, found } from './editor.ts';

type Router = CloudDocument['routers'][string];
type RouterInput = NonNullable<CloudDocumentInput['routers']>[string];

export interface Routers {
  create(name: string, attributes: RouterInput): Promise<Applied>;
  /** Refused while it has interfaces. */
  delete(name: string): Promise<Applied>;
  update(
    name: string,
    attributes: Partial<Pick<RouterInput, 'admin_state_up' | 'external_gateway_info' | 'routes'>>,
  ): Promise<Applied>;
  /** By the name of a subnet. */
  addInterface(name: string, subnet: string): Promise<Applied>;
  removeInterface(name: string, subnet: string): Promise<Applied>;
  /**
   * From the agent that holds it to another one (`/agents/<id>/l3-routers`); default the least loaded. Refused where
   * there is none, and for a router with ha, which VRRP moves.
   */
  reschedule(name: string, to?: { readonly host: string }): Promise<Applied>;
}

const subnetOf = (one: Router['interfaces'][number]): string =>
  typeof one === 'string' ? one : 'subnet' in one ? one.subnet : `port ${one.port}`;

export function routers(editor: Editor): Routers {
  const router = (document: CloudDocument, name: string): Router => found(document.routers, 'router', name);
  return {
    create: (name, attributes) =>
      editor.edit((document) => {
        Object.assign(document.routers, { [name]: attributes });
      }),
    delete: (name) =>
      editor.edit((document) => {
        const { interfaces } = router(document, name);
        assertUnused(
          'router',
          name,
          interfaces.map((one) => `subnet ${subnetOf(one)}`),
        );
        delete document.routers[name];
      }),
    update: (name, attributes) =>
      editor.edit((document) => {
        Object.assign(router(document, name), attributes);
      }),
    addInterface: (name, subnet) =>
      editor.edit((document) => {
        router(document, name).interfaces.push(subnet);
      }),
    removeInterface: (name, subnet) =>
      editor.edit((document) => {
        const { interfaces } = router(document, name);
        found(Object.fromEntries(interfaces.map((one) => [subnetOf(one), one])), 'interface', subnet);
        const at = interfaces.findIndex((one) => subnetOf(one) === subnet);
        interfaces.splice(at, 1);
      }),
    reschedule: (name, to) =>
      editor.edit((document, underlay) => {
        const wanted = router(document, name);
        if (wanted.ha) throw movesByItself(name);
        const host = to?.host ?? nextHostOfRouter(name, document, underlay);
        if (host === undefined) throw nowhereElse(name);
        wanted.hosts = [host];
      }),
  };
}

const movesByItself = (router: string): NetdojoError =>
  new NetdojoError(`router "${router}" has ha: its hosts agree by VRRP which of them is active`, {
    code: 'ND_ROUTER_HOSTS',
    expected: 'a router without ha',
    hint: `routers.${router}.hosts in the document says which hosts hold it`,
    exitCode: EXIT.usage,
  });

const nowhereElse = (router: string): NetdojoError =>
  new NetdojoError(`no other L3 agent can hold router "${router}"`, {
    code: 'ND_AGENT_NONE',
    expected:
      'another host with the role network or gateway, whose agents report and are in a mode for it, and that reaches its networks',
    exitCode: EXIT.usage,
  });
