import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** Passes bytes on to an address, each way after half of the round trip: as a data centre that is far away. @returns `host:port` */
export async function startRelay(address: string, roundTripMs: number): Promise<string> {
  const [host, port] = address.split(":");
  const server = createServer((near) => {
    const far = connect(Number(port), host);
    pass(near, far, roundTripMs / 2);
    pass(far, near, roundTripMs / 2);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function pass(from: Socket, to: Socket, ms: number): void {
  from.on("data", (chunk) => setTimeout(() => to.write(chunk), ms));
  from.on("error", () => to.destroy());
  from.on("close", () => to.destroy());
}
