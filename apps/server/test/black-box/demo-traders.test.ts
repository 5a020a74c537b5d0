import { startSandbox } from "@pult/sandbox/sandbox.ts";
import { describe, expect, onTestFinished, test } from "vitest";
import { mintToken, openInstallation } from "../support/installation.ts";
import { bothRuntimes } from "../support/matrix.ts";
import { callApi } from "../support/trpc-client.ts";
import { expectHealthy, useDirectory, useServer } from "../support/use-server.ts";

describe.each(bothRuntimes())("the sandbox's traders on %s", (_, cell) => {
  const server = useServer(() => openInstallation(cell), expectHealthy);
  const stateFile = `${useDirectory()}/sandbox.json`;

  async function openTraders() {
    const sandbox = await startSandbox({ stateFile });
    onTestFinished(() => sandbox.close());
    const post = (path: string, body: object) =>
      fetch(`${sandbox.origin}/control/traders/${path}`, { method: "POST", body: JSON.stringify(body) });
    const mint = ({ userId: sub, name }: { userId: string; name: string }) => mintToken({ sub, name });
    const connect = () => sandbox.traders.connect({ origin: server.origin, mintToken: mint });
    const until = (isSo: () => boolean) => sandbox.until(isSo, 30_000);
    return { sandbox, post, connect, until, traders: () => sandbox.world().traders };
  }

  test("trade in the demo room until they are stopped, and after a restart are the same ones", async () => {
    const api = callApi(server);
    const { sandbox, post, connect, until, traders } = await openTraders();
    expect((await post("run", { isRunning: true })).status).toBe(409);
    expect((await post("pace", { pace: "wild" })).status).toBe(400);
    await post("pace", { pace: "lively" });
    connect();
    await until(() => traders().problem === "noRoom");
    const { id: roomId } = await api.trading.rooms.create.mutate({ name: "Demo room" });
    await until(() => traders().trades >= 2 && traders().present.length >= 2);
    expect(traders()).toMatchObject({ isRunning: true, pace: "lively", problem: null });
    const { trades } = await api.trading.rooms.get.query({ roomId });
    expect(trades[0]).toMatchObject({
      name: expect.stringMatching(/^Demo trader \d$/),
      userId: expect.stringMatching(/^demo_trader_\d$/),
    });
    await post("run", { isRunning: false });
    expect(traders()).toMatchObject({ isRunning: false, present: [] });
    await expect.poll(async () => (await api.trading.rooms.get.query({ roomId })).participants).toBe(0);
    await sandbox.close();

    const next = await openTraders();
    next.connect();
    expect(next.traders()).toMatchObject({ isRunning: false, pace: "lively", trades: traders().trades });
    await next.post("run", { isRunning: true });
    await next.until(() => next.traders().trades > traders().trades);
    const { members, tradeCount } = await api.trading.rooms.get.query({ roomId });
    expect(members).toBeLessThanOrEqual(6);
    expect(tradeCount).toBeGreaterThanOrEqual(next.traders().trades);
    expect(await api.trading.rooms.verify.query({ roomId })).toMatchObject({ isExact: true });
  });
});
