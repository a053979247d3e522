/** Routers of a running cloud, as in the Networking API's `/routers`. */
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
  /** From the agent that holds it to another one (`/agents/<id>/l3-routers`); default the least loaded. */
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
        const host = to?.host ?? nextHostOfRouter(name, document, underlay);
        if (host !== undefined) wanted.hosts = [host];
      }),
  };
}
