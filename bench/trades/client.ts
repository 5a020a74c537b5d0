import { openRawSocket } from "../raw-socket.ts";
import { AMOUNT, countTrades, type Order } from "./room.ts";

/** Traders over the documented protocol, each with several trades on their way: a trade is done when its trader has been told of it. */
const SOCKETS = 20;

process.once("message", async (order: Order) => {
  const traders = await Promise.all(Array.from({ length: SOCKETS }, (_, at) => openTrader(order, `bench-${at}`)));
  process.send?.(await countTrades(order, (loop) => (traders[loop % SOCKETS] as () => Promise<void>)()));
});
process.once("disconnect", () => process.exit(0));

/** @returns a function that trades once, and resolves when the room was told */
async function openTrader({ port, roomId }: Order, userId: string): Promise<() => Promise<void>> {
  const waiting: (() => void)[] = [];
  const joined = Promise.withResolvers<void>();
  const own = `"userId":"${userId}"`;
  const socket = await openRawSocket({
    port,
    path: "/ws",
    onMessage(payload) {
      const text = String(payload);
      if (text.includes("ENVIRONMENT_STATE")) joined.resolve();
      else if (text.includes('"ERROR"')) throw new Error(text);
      else if (text.includes("VIRTUAL_TRADE_EXECUTED") && text.includes(own)) waiting.shift()?.();
    },
  });
  const send = (type: string, data: object) => socket.send(JSON.stringify({ type, data }));
  send("JOIN_ENVIRONMENT", { environmentId: roomId, userId });
  await joined.promise;
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      send("VIRTUAL_TRADE", { environmentId: roomId, amount: AMOUNT, isBuy: true });
    });
}
