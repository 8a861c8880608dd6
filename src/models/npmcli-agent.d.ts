/** The part that is used of npm's own HTTP agent, which brings no types: proxies, certificates. */
declare module '@npmcli/agent' {
  import type { Agent } from 'node:http';

  export interface AgentOptions {
    proxy?: string;
    noProxy?: string | readonly string[];
    ca?: readonly string[];
    cert?: string;
    key?: string;
    rejectUnauthorized?: boolean;
    localAddress?: string;
    maxSockets?: number;
  }
  /** Takes the usual proxy variables of the environment where no `proxy` is given. */
  export function getAgent(url: string, options?: AgentOptions): Agent;
}
