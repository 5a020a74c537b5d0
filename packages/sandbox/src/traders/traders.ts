import { z } from "zod";
import type { Control, SandboxModule } from "../module.ts";
import { tradersPace } from "./control.ts";
import { Traders, type TradersHost, type TradersState, tradersState, viewTraders } from "./market.ts";

/** People who trade and talk in the product's demo room, so that a new user sees life there. */
export const traders = {
  name: "traders" as const,
  version: 1,
  state: tradersState,
  initialState: (): TradersState => ({
    isWanted: true,
    isRunning: false,
    pace: "calm",
    present: [],
    trades: 0,
    problem: null,
  }),
  view: viewTraders,
  start,
} satisfies SandboxModule<TradersState>;

function start(host: TradersHost) {
  const market = new Traders(host);
  return { actions: market, controls: createControls(market), closed: () => market.stop() };
}

function createControls(market: Traders): Record<string, Control> {
  return {
    "POST run": (request) => market.setRunning(request.read(z.object({ isRunning: z.boolean() })).isRunning),
    "POST pace": (request) => market.setPace(request.read(z.object({ pace: tradersPace })).pace),
  };
}
