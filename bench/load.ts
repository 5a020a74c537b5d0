import { connect } from "node:net";
import { parentPort, workerData } from "node:worker_threads";

/** Sends `POST` requests over keep-alive connections, one at a time on each, and counts what was answered 200. */
export interface Load {
  host: string;
  port: number;
  path: string;
  headers: Record<string, string>;
  connections: number;
  /** Milliseconds before counting starts, and while it counts. */
  warmUpMs: number;
  measureMs: number;
  /** Different customers the messages come from. */
  customers: number;
}

export interface LoadResult {
  answered: number;
  failed: number;
  seconds: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
}

if (parentPort) {
  const port = parentPort;
  port.postMessage(await run(workerData as Load));
}

async function run(load: Load): Promise<LoadResult> {
  const latencies: number[] = [];
  let failed = 0;
  const startAt = performance.now() + load.warmUpMs;
  const endAt = startAt + load.measureMs;
  let counter = 0;

  const connection = (index: number) =>
    new Promise<void>((resolve, reject) => {
      const socket = connect({ host: load.host, port: load.port, noDelay: true });
      let sentAt = 0;
      let received = "";
      const send = () => {
        sentAt = performance.now();
        const body = JSON.stringify({
          user_id: `bench-${(index + counter++) % load.customers}`,
          user_name: "Bench",
          message: `Message ${counter}: where is my order? It should have come yesterday.`,
        });
        const head = Object.entries(load.headers)
          .map(([name, value]) => `${name}: ${value}\r\n`)
          .join("");
        socket.write(
          `POST ${load.path} HTTP/1.1\r\nHost: ${load.host}:${load.port}\r\nContent-Type: application/json\r\n${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
        );
      };
      socket.setEncoding("latin1");
      socket.once("connect", send);
      socket.on("error", reject);
      socket.on("data", (chunk: string) => {
        received += chunk;
        const head = received.indexOf("\r\n\r\n");
        if (head < 0) return;
        const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? 0);
        if (received.length < head + 4 + length) return;
        const now = performance.now();
        if (now >= startAt && now <= endAt) {
          if (received.startsWith("HTTP/1.1 200")) latencies.push(now - sentAt);
          else failed++;
        }
        received = "";
        if (now < endAt) send();
        else {
          socket.end();
          resolve();
        }
      });
    });

  await Promise.all(Array.from({ length: load.connections }, (_, index) => connection(index)));
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  return { answered: latencies.length, failed, seconds: load.measureMs / 1000, p50: at(0.5), p99: at(0.99) };
}
