/** Agents of a running cloud, as in the Networking API's `/agents`, and what neutron-server does about them. */
import { rescheduleFrom, writeHosts } from '../../topology/index.ts';
import { type Applied, type Editor, found } from './editor.ts';

export interface Agents {
  /**
   * The agents of a host have not reported for agent_down_time: what they held is scheduled anew as the options say
   * (allow_automatic_l3agent_failover, allow_automatic_dhcp_failover), and nothing that changes reaches the host.
   */
  lost(host: string): Promise<Applied>;
  /** They report again: the host is brought to what is asked for by now. Nothing is scheduled back to it. */
  back(host: string): Promise<Applied>;
}

export function agents(editor: Editor): Agents {
  return {
    lost: (host) =>
      editor.edit((document, underlay) => {
        found(underlay.hosts, 'host', host);
        rescheduleFrom(host, document, underlay);
      }),
    back: (host) =>
      editor.edit((document, underlay) => {
        found(document.agents, 'lost agent', host);
        writeHosts(document, underlay);
        delete document.agents[host];
      }),
  };
}
