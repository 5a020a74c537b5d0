import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import type { ServerUnderTest } from "../server-under-test.ts";
import { problemsIn } from "./process-stats.ts";

/**
 * Opens something before the first test of a describe and stops it after the last.
 * @param inspect looks at it before it is stopped
 * @returns what was opened, for tests and hooks only
 */
export function useServer<Opened extends { stop(): Promise<unknown> }>(
  open: () => Promise<Opened>,
  inspect: (opened: Opened) => void = () => {},
): Opened {
  let opened: Opened | undefined;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(async () => {
    if (opened) inspect(opened);
    await opened?.stop();
  });
  return new Proxy({} as Opened, {
    get(_target, name) {
      if (!opened) throw new Error("The server runs in tests only");
      return Reflect.get(opened, name);
    },
  });
}

/** An empty directory for the tests of a describe. */
export function useDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "pult-test-"));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** It is alive and has logged no error. */
export function expectHealthy(server: Pick<ServerUnderTest, "running" | "logs">): void {
  expect({ running: server.running, problems: problemsIn(server.logs()) }).toEqual({ running: true, problems: [] });
}
