import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { listen } from "../../src/adapters/test-server.ts";
import { runToExit, startServer } from "../server-under-test.ts";
import { call } from "../support/calls.ts";
import { bothRuntimes } from "../support/matrix.ts";
import { useServer } from "../support/use-server.ts";

describe.each(bothRuntimes())("A start that must fail, on %s", (_name, { runtime }) => {
  const server = useServer(() => startServer({ runtime, database: "pglite" }));

  test.concurrent("a second process on the same DATA_DIR is refused by name, and the first goes on", async () => {
    const { code, output } = await runToExit({ DATA_DIR: server.dataDir }, runtime);
    expect(code).toBe(1);
    expect(output).toContain(`is in use by another Pult (process ${server.pid})`);
    expect(output).toContain("DATA_DIR");
    expect(output).not.toContain("    at ");
    expect((await call(server, "/health/ready")).status).toBe(200);
  });

  test.concurrent("a taken port is named, by whichever variable it was given", async () => {
    const port = String(server.port);
    const { code, output } = await runToExit({ PORT: "", SERVER_PORT: port }, runtime);
    expect(code).toBe(1);
    expect(output).toContain(`Port ${port} is taken`);
    expect(output).not.toContain("    at ");
  });

  test.concurrent("a malformed variable stops the start and is named", async () => {
    const { code, output } = await runToExit({ LEGACY_AUTH: "maybe", SANDBOX: "yes" }, runtime);
    expect(code).toBe(1);
    expect(output).toMatch(/Configuration: .*SANDBOX must be 0 or 1/s);
    expect(output).toContain("LEGACY_AUTH must be required or open");
    expect(output).not.toContain("    at ");
  });

  test.concurrent("a database out of reach ends the start with the reason and without the password", async () => {
    const closed = createServer();
    const port = await listen(closed);
    await new Promise((resolve) => closed.close(resolve));
    const url = `postgres://pult:hunter2@127.0.0.1:${port}/pult`;
    const { code, output } = await runToExit({ DATABASE_URL: url }, runtime);
    expect(code).toBe(1);
    expect(output).toContain("ECONNREFUSED");
    expect(output).not.toContain("hunter2");
  });
});
