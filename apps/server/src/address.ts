import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";

/** `http://host:port` as browsers write it: IPv6 in brackets, no port where it is 80. */
export const httpOrigin = (host: string, port: number): string =>
  new URL(`http://${host.includes(":") ? `[${host}]` : host}:${port}`).origin;

/** @param port 0: the system chooses @returns the port @throws the system's error when it is taken */
export async function listen(server: Server, port: number, host: string): Promise<number> {
  server.listen(port, host);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
