import { createHmac } from "node:crypto";
import { connect } from "node:net";
import { percentiles } from "../setup.ts";

/** Sends requests over keep-alive connections, one at a time on each, and counts what was answered 200. */
export interface Load {
  port: number;
  /** Asked for in turns. */
  paths: string[];
  headers: Record<string, string>;
  connections: number;
  /** Milliseconds before counting starts, and while it counts. */
  warmUpMs: number;
  measureMs: number;
  /** What is posted: messages of so many customers, or signed webhooks of so many events. Null: `GET`. */
  body: null | { kind: "message"; customers: number } | { kind: "webhook"; events: number; secret: string };
}

export interface LoadResult {
  answered: number;
  failed: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
}

process.once("message", async (load: Load) => process.send?.(await run(load)));
process.once("disconnect", () => process.exit(0));

async function run(load: Load): Promise<LoadResult> {
  const latencies: number[] = [];
  let failed = 0;
  const startAt = performance.now() + load.warmUpMs;
  const endAt = startAt + load.measureMs;
  let counter = 0;
  const headers = { Host: `127.0.0.1:${load.port}`, "Content-Type": "application/json", ...load.headers };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const method = load.body ? "POST" : "GET";

  const connection = () =>
    new Promise<void>((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port: load.port, noDelay: true });
      let sentAt = 0;
      let received = "";
      const send = () => {
        sentAt = performance.now();
        const path = load.paths[counter % load.paths.length];
        const { body, signature } = bodyOf(load.body, counter++);
        const length = body === "" ? "" : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
        socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join("")}${signature}${length}\r\n${body}`);
      };
      socket.setEncoding("latin1");
      socket.once("connect", send);
      socket.on("error", reject);
      socket.on("data", (chunk: string) => {
        received += chunk;
        const end = received.indexOf("\r\n\r\n");
        if (end < 0) return;
        const length = /content-length: (\d+)/i.exec(received)?.[1];
        if (length === undefined ? !received.endsWith("\r\n0\r\n\r\n") : received.length < end + 4 + Number(length))
          return;
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

  await Promise.all(Array.from({ length: load.connections }, connection));
  const [p50 = 0, p99 = 0] = percentiles(latencies, [0.5, 0.99]);
  return { answered: latencies.length, failed, p50, p99 };
}

/** @returns what is sent, and the header line that signs it */
function bodyOf(given: Load["body"], count: number): { body: string; signature: string } {
  if (given === null) return { body: "", signature: "" };
  if (given.kind === "message") {
    const message = `Message ${count}: where is my order? It should have come yesterday.`;
    const body = JSON.stringify({ user_id: `bench-${count % given.customers}`, user_name: "Bench", message });
    return { body, signature: "" };
  }
  const messaging = Array.from({ length: given.events }, (_, at) => ({
    sender: { id: `bench-${count % 200}` },
    recipient: { id: "account" },
    timestamp: Date.now(),
    message: { mid: `bench-${process.pid}-${count}-${at}`, text: "Where is my order?" },
  }));
  const body = JSON.stringify({ object: "instagram", entry: [{ id: "account", time: Date.now(), messaging }] });
  const hex = createHmac("sha256", given.secret).update(body).digest("hex");
  return { body, signature: `X-Hub-Signature-256: sha256=${hex}\r\n` };
}
