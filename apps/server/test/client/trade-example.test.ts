import { describe, expect, onTestFinished, test } from "vitest";
import { openChaosProxy } from "../support/chaos-proxy.ts";
import { startExample } from "../support/example-program.ts";
import { openInstallation } from "../support/installation.ts";
import { bothRuntimes } from "../support/matrix.ts";
import { callApi } from "../support/trpc-client.ts";
import { expectHealthy, useServer } from "../support/use-server.ts";

const PROGRAM = "packages/api/examples/trade/main.ts";

describe.each(bothRuntimes())("packages/api/examples/trade against %s", (_, cell) => {
  const server = useServer(() => openInstallation(cell), expectHealthy);
  const { runtime } = cell;

  test("trades within its bound, and after a cut prints what it missed, once", async () => {
    const api = callApi(server);
    const { key } = await api.auth.apiKeys.create.mutate({ name: "Example", scopes: ["trading:write"] });
    const proxy = await openChaosProxy(server.port);
    onTestFinished(() => proxy.close());
    const program = startExample(PROGRAM, ["app:one", "Example"], { runtime, url: proxy.origin, key });
    await program.until("Example: 9900000000 lamports, ");
    await program.until(" one buy 100000000 for ");
    const [room] = (await api.trading.rooms.list.query()).rooms;
    if (!room) throw new Error("The program created no room");
    proxy.target(null);
    proxy.resetAll();
    const other = { roomId: room.id, userId: "app:other" };
    await api.trading.rooms.join.mutate(other);
    const { trade } = await api.trading.trade.mutate({ ...other, side: "buy", amount: "5000000" });
    proxy.target(server.port);
    await program.until(`#${trade.sequence} other buy 5000000 for ${trade.amountOut} at ${trade.price}\n`);
    await program.until(`price ${trade.priceAfter}\n`);
    await api.trading.chat.send.mutate({ ...other, text: "Bye" });
    await program.until("other: Bye\n");
    expect(program.said.out.match(/^#\d+ /gm)).toHaveLength(2);
    program.signal("SIGTERM");
    expect([await program.ended, program.said.err]).toEqual([0, ""]);
  });

  test("ends with the server's words when the trader cannot pay", async () => {
    const { key } = await callApi(server).auth.apiKeys.create.mutate({ name: "Poor", scopes: ["trading:write"] });
    const program = startExample(PROGRAM, ["app:poor", "Poor", "20000000000"], { runtime, url: server.origin, key });
    expect(await program.ended).toBe(1);
    expect(program.said.err).toMatch(/balance/i);
  });
});
