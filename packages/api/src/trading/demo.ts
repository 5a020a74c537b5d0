import type { Context } from "../context.ts";
import { sendChat } from "./chat/chat.ts";
import { createRoom } from "./rooms/create.ts";
import { joinRoom } from "./rooms/membership.ts";
import { trade } from "./trades/trade.ts";

/** A plainly invented room with a little life, once: repeats change nothing. */
export async function seedDemo(agent: Context): Promise<void> {
  const { id: roomId } = await createRoom(agent, { name: "Demo room", feeBps: 100, clientId: "demo:room" });
  await joinRoom(agent, { roomId });
  for (const [at, amount] of ["500000000", "1200000000", "250000000"].entries())
    await trade(agent, { roomId, side: "buy", exact: "in", amount, clientId: `demo:buy:${at}` });
  await trade(agent, { roomId, side: "sell", exact: "in", amount: "9000000000000", clientId: "demo:sell" });
  await sendChat(agent, { roomId, text: "Welcome. Everything here is virtual.", clientId: "demo:welcome" });
}
