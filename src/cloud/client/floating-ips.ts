/** Floating IPs of a running cloud, as in the Networking API's `/floatingips`. */
import type { CloudDocument, CloudDocumentInput } from '../../topology/index.ts';
import { type Applied, type Editor, found } from './editor.ts';

type FloatingIpInput = NonNullable<CloudDocumentInput['floatingips']>[string];
type PortForwarding = CloudDocument['floatingips'][string]['port_forwardings'][number];

/** What a floating IP is to stand for: a server (by its first NIC that can be reached) or a port. */
type Association = { readonly fixed_ip_address?: string } & (
  | { readonly server: string }
  | { readonly port: string }
);

export interface FloatingIps {
  create(name: string, attributes: FloatingIpInput): Promise<Applied>;
  delete(name: string): Promise<Applied>;
  /** Also moves one that stands for something else. */
  associate(name: string, to: Association): Promise<Applied>;
  disassociate(name: string): Promise<Applied>;
  readonly portForwardings: {
    create(name: string, forwarding: PortForwarding): Promise<Applied>;
    /** By the port of the floating IP. */
    delete(name: string, at: Pick<PortForwarding, 'protocol' | 'external_port'>): Promise<Applied>;
  };
}

export function floatingIps(editor: Editor): FloatingIps {
  const one = ({ floatingips }: CloudDocument, name: string) => found(floatingips, 'floating IP', name);
  return {
    create: (name, attributes) =>
      editor.edit(({ floatingips }) => {
        Object.assign(floatingips, { [name]: attributes });
      }),
    delete: (name) =>
      editor.edit((document) => {
        one(document, name);
        delete document.floatingips[name];
      }),
    associate: (name, to) =>
      editor.edit((document) => {
        const { port: _port, server: _server, fixed_ip_address: _address, ...rest } = one(document, name);
        Object.assign(document.floatingips, { [name]: { ...rest, ...to } });
      }),
    disassociate: (name) =>
      editor.edit((document) => {
        const { port: _port, server: _server, fixed_ip_address: _address, ...rest } = one(document, name);
        document.floatingips[name] = rest;
      }),
    portForwardings: {
      create: (name, forwarding) =>
        editor.edit((document) => {
          one(document, name).port_forwardings.push(forwarding);
        }),
      delete: (name, at) =>
        editor.edit((document) => {
          const { port_forwardings } = one(document, name);
          const index = port_forwardings.findIndex(
            ({ protocol, external_port }) => protocol === at.protocol && external_port === at.external_port,
          );
          const known = Object.fromEntries(
            port_forwardings.map((each) => [`${each.protocol} ${each.external_port}`, each]),
          );
          found(known, 'port forwarding', `${at.protocol} ${at.external_port}`);
          port_forwardings.splice(index, 1);
        }),
    },
  };
}
