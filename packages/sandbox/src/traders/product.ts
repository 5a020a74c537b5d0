import { z } from "zod";
import type { Position } from "./habits.ts";

/** The product's typed API by plain HTTP, as far as traders need it. */
interface Caller {
  origin: string;
  token: string;
}

const TIMEOUT_MS = 10_000;
const units = z.string().transform(BigInt);

/** @throws Error when it does not answer as it should */
async function call<Output>(
  { origin, token }: Caller,
  { procedure, input }: { procedure: string; input?: object },
  output: z.ZodType<Output>,
): Promise<Output> {
  const query = input ? `?input=${encodeURIComponent(JSON.stringify(input))}` : "";
  const answer = await fetch(`${origin}/trpc/${procedure}${query}`, {
    method: input ? "GET" : "POST",
    headers: { authorization: `Bearer ${token}`, ...(input ? {} : { "content-type": "application/json" }) },
    ...(input ? {} : { body: "{}" }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!answer.ok) throw new Error(`${procedure} answered ${answer.status}`);
  return z.object({ result: z.object({ data: output }) }).parse(await answer.json()).result.data;
}

/** For one handshake. */
export async function takeTicket(caller: Caller): Promise<string> {
  return (await call(caller, { procedure: "auth.ticket" }, z.object({ ticket: z.string() }))).ticket;
}

const rooms = z.object({ rooms: z.array(z.object({ id: z.string(), name: z.string() })) });

/** The oldest open room of this name. @returns its id, or null */
export async function findRoom(caller: Caller, name: string): Promise<string | null> {
  const input = { status: "open", limit: 200 };
  const found = await call(caller, { procedure: "trading.rooms.list", input }, rooms);
  return found.rooms.findLast((room) => room.name === name)?.id ?? null;
}

const portfolio = z.object({
  positions: z.array(z.object({ roomId: z.string(), balances: z.object({ sol: units, token: units }), worth: units })),
});

export async function readPortfolio({ roomId, ...caller }: Caller & { roomId: string }): Promise<Position> {
  const { positions } = await call(caller, { procedure: "trading.portfolio", input: {} }, portfolio);
  const own = positions.find((position) => position.roomId === roomId);
  return { sol: own?.balances.sol ?? 0n, token: own?.balances.token ?? 0n, worth: own?.worth ?? 0n };
}
