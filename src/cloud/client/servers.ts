/** Servers and ports of a running cloud, as in the Compute API's `/servers` and the Networking API's `/ports`. */
import type { CloudDocumentInput } from '../../topology/index.ts';
import { type Applied, type Editor, found } from './editor.ts';

type ServerInput = NonNullable<CloudDocumentInput['servers']>[string];
type PortInput = NonNullable<CloudDocumentInput['ports']>[string];

export interface Servers {
  create(name: string, attributes: ServerInput): Promise<Applied>;
  delete(name: string): Promise<Applied>;
  /** A live migration: the server runs on, its NICs are plugged in on the other host. */
  migrate(name: string, to: { readonly host: string }): Promise<Applied>;
}

export interface Ports {
  update(name: string, attributes: Partial<Omit<PortInput, 'network'>>): Promise<Applied>;
}

export function servers(editor: Editor): Servers {
  return {
    create: (name, attributes) =>
      editor.edit((document) => {
        Object.assign(document.servers, { [name]: attributes });
      }),
    delete: (name) =>
      editor.edit((document) => {
        found(document.servers, 'server', name);
        delete document.servers[name];
      }),
    migrate: (name, { host }) =>
      editor.edit((document) => {
        found(document.servers, 'server', name).host = host;
      }),
  };
}

export function ports(editor: Editor): Ports {
  return {
    update: (name, attributes) =>
      editor.edit((document) => {
        Object.assign(found(document.ports, 'port', name), attributes);
      }),
  };
}
