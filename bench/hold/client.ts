import { createHmac } from "node:crypto";
import { openRawSocket, type RawSocket } from "../raw-socket.ts";
import { type Numbered, preciseNow, SECRET, TOPICS, type TopicName } from "./topics.ts";

/** Thousands of customers as a process of its own: connects them, checks every number, keeps every delay. */
export type Order =
  | { do: "open"; port: number; sockets: number; firstId: number }
  | { do: "cutAll" }
  | { do: "reset" }
  | { do: "report" };

export interface Report {
  /** Milliseconds from when each event was due, by topic. */
  delays: Record<TopicName, number[]>;
  gaps: number;
  repeats: number;
  unexpectedCloses: number;
  notRecovered: number;
}

const AT_ONCE = 200;
const NAMES = Object.keys(TOPICS) as TopicName[];
let delays: Record<TopicName, number[]> = { status: [], price: [], messages: [] };
let gaps = 0;
let repeats = 0;
let unexpectedCloses = 0;
let notRecovered = 0;
let port = 0;
const customers: Customer[] = [];

interface Customer {
  id: number;
  socket: RawSocket | null;
  seen: Record<TopicName, number>;
  /** Position in the log. */
  lastEventId: string | null;
  /** Told when the log's position has come. */
  positioned: (() => void) | null;
}

process.on("message", (order: Order) => void obey(order));
process.once("disconnect", () => process.exit(0));

async function obey(order: Order): Promise<void> {
  if (order.do === "open") {
    port = order.port;
    for (let at = 0; at < order.sockets; at++) {
      const seen = { status: 0, price: 0, messages: 0 };
      customers.push({ id: order.firstId + at, socket: null, seen, lastEventId: null, positioned: null });
    }
    await connectAll();
    process.send?.({ open: customers.length });
  } else if (order.do === "cutAll") await cutAll();
  else if (order.do === "reset") {
    delays = { status: [], price: [], messages: [] };
    process.send?.({ reset: true });
  } else {
    const report: Report = { delays, gaps, repeats, unexpectedCloses, notRecovered };
    process.send?.(report);
  }
}

/** Cuts every line in one turn and comes back at once. Latest values that fell due meanwhile are not owed. */
async function cutAll(): Promise<void> {
  const startedAt = performance.now();
  for (const one of customers) {
    const { socket } = one;
    one.socket = null;
    socket?.cut();
    one.seen.status = 0;
    one.seen.price = 0;
  }
  await connectAll();
  process.send?.({ backMs: performance.now() - startedAt });
}

async function connectAll(): Promise<void> {
  const waiting = [...customers];
  const worker = async () => {
    for (let one = waiting.pop(); one; one = waiting.pop()) await connectOne(one);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function connectOne(one: Customer): Promise<void> {
  const positioned = new Promise<void>((resolve) => {
    one.positioned = resolve;
  });
  let closed = false;
  const socket: RawSocket = await openRawSocket({
    port,
    path: "/trpc?connectionParams=1",
    onMessage: (payload) => !closed && receive(one, payload.toString("latin1")),
    onClose() {
      closed = true;
      if (one.socket === socket) unexpectedCloses += 1;
    },
  });
  one.socket = socket;
  socket.send(JSON.stringify({ method: "connectionParams", data: { token: tokenOf(one.id) } }));
  const { lastEventId } = one;
  const calls = NAMES.map((path, at) => ({
    id: at + 1,
    method: "subscription",
    params: { path, input: path === "messages" && lastEventId !== null ? { lastEventId } : {} },
  }));
  socket.send(JSON.stringify(calls));
  await positioned;
}

interface Message {
  id?: number;
  error?: unknown;
  result?: {
    type: string;
    data?: Numbered | { id: string; data: Numbered | { type: "position"; recovered: boolean } } | { type: "heartbeat" };
  };
}

function receive(one: Customer, text: string): void {
  if (text === "PING") {
    one.socket?.send("PONG");
    return;
  }
  const message: Message = JSON.parse(text);
  if (message.error) throw new Error(text);
  const data = message.result?.data;
  const topic = NAMES[(message.id ?? 0) - 1];
  if (!data || !topic || (!("seq" in data) && !("id" in data))) return;
  if ("seq" in data) {
    count(one, topic, data);
    return;
  }
  one.lastEventId = data.id;
  if ("seq" in data.data) count(one, topic, data.data);
  else {
    if (!data.data.recovered) notRecovered += 1;
    one.positioned?.();
  }
}

function count(one: Customer, topic: TopicName, { seq, at }: Numbered): void {
  const before = one.seen[topic];
  if (before > 0 && seq > before + 1) gaps += seq - before - 1;
  if (seq <= before) repeats += 1;
  one.seen[topic] = seq;
  delays[topic].push(preciseNow() - at);
}

function tokenOf(id: number): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = `${part({ alg: "HS256", typ: "JWT" })}.${part({ sub: `bench-${id}`, exp: Math.floor(Date.now() / 1000) + 3_600 })}`;
  return `${claims}.${createHmac("sha256", SECRET).update(claims).digest("base64url")}`;
}
