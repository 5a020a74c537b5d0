import type { Peer } from "./calls.ts";
import { ADMIN_KEY, mintToken } from "./installation.ts";
import type { Mailbox } from "./mailbox.ts";
import { openRaw } from "./raw-socket.ts";
import { callApi } from "./trpc-client.ts";

export const SOL = 1_000_000_000;

export interface TradingMessage {
  type: string;
  data: Record<string, unknown> & {
    code?: string;
    environmentId?: string;
    participants?: number;
    trade?: { userId: string; amount: string; price: string; isBuy: boolean; timestamp: number };
    newReserves?: { sol: string; token: string };
  };
}

export type TradingSocket = Awaited<ReturnType<typeof openTrading>>;

/** A stock client of the trading protocol. */
export async function openTrading(
  server: Peer,
  { token, headers = {}, query = "" }: { token?: string; headers?: Record<string, string>; query?: string } = {},
) {
  const authorization: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const raw = await openRaw(server, { path: `/ws${query}`, headers: { ...authorization, ...headers } });
  const told = raw.messages as unknown as Mailbox<TradingMessage>;
  let beats = 0;
  const say = (type: string, data?: unknown) => raw.send({ type, ...(data === undefined ? {} : { data }) });
  return {
    socket: raw.socket,
    closed: raw.closed,
    send: raw.send,
    told,
    say,
    got: (type: string, fits: (data: TradingMessage["data"]) => boolean = () => true) =>
      told.first((one) => one.type === type && fits(one.data)),
    /** Everything that was sent before is answered. */
    async settled(): Promise<TradingMessage[]> {
      say("HEARTBEAT");
      beats += 1;
      const wanted = beats;
      await told.until((all) => all.filter(({ type }) => type === "HEARTBEAT").length >= wanted || undefined);
      return told.all.filter(({ type }) => type !== "HEARTBEAT");
    },
  };
}

/** A socket of this customer of the operator's app. */
export const openTradingAs = async (server: Peer, userId: string, query = ""): Promise<TradingSocket> =>
  openTrading(server, { token: await mintToken({ sub: userId }), query });

/** The same, in a room. @returns it with the room's state as it was answered */
export async function joinAs(server: Peer, userId: string, environmentId: string) {
  const socket = await openTradingAs(server, userId);
  socket.say("JOIN_ENVIRONMENT", { environmentId, userId });
  const { data: state } = await socket.got("ENVIRONMENT_STATE");
  return { ...socket, state };
}

/** A room of the operator, or of whose token it is. */
export const createRoom = (server: Peer, name = "Room", token = ADMIN_KEY) =>
  callApi(server, token).trading.rooms.create.mutate({ name });

export const codesOf = (messages: readonly TradingMessage[]) =>
  messages.flatMap(({ type, data }) => (type === "ERROR" ? [data.code] : []));

export function close(...sockets: Pick<TradingSocket, "socket">[]): void {
  for (const { socket } of sockets) socket.close();
}
