import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DirectoryInUseError, lockDirectory } from "./directory-lock.ts";

const MODULE = fileURLToPath(new URL("./directory-lock.ts", import.meta.url));

describe("lockDirectory", () => {
  let root = "";
  let directory = "";
  const children: ChildProcess[] = [];
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "pult-lock-"));
    directory = join(root, "data");
  });
  afterEach(async () => {
    for (const child of children.splice(0)) await kill(child);
    rmSync(root, { recursive: true, force: true });
  });

  /** Another process that takes the lock and says what came of it. */
  async function takeElsewhere(): Promise<{ child: ChildProcess; said: string }> {
    const script = `
      import { lockDirectory } from ${JSON.stringify(MODULE)};
      try { lockDirectory(process.argv[1]); console.log("held"); }
      catch (error) { console.log(error.name + ": " + error.message); process.exit(); }
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script, directory], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.push(child);
    if (!child.stdout) throw new Error("The other process has no output");
    const [said] = await once(child.stdout, "data");
    return { child, said: String(said).trim() };
  }

  it("refuses another process while this one holds it, naming the holder", async () => {
    const lock = lockDirectory(directory);
    const { said } = await takeElsewhere();
    expect(said).toContain("DirectoryInUseError");
    expect(said).toContain(`process ${process.pid}`);
    lock.release();
  });

  it("refuses another caller in the same process", () => {
    const lock = lockDirectory(directory);
    expect(() => lockDirectory(directory)).toThrow(DirectoryInUseError);
    lock.release();
  });

  it("is free again after its release", () => {
    lockDirectory(directory).release();
    lockDirectory(directory).release();
  });

  it("is never taken from a living process, however often it is asked for", async () => {
    const { child, said } = await takeElsewhere();
    expect(said).toBe("held");
    for (let tries = 0; tries < 20; tries++) {
      expect(() => lockDirectory(directory)).toThrow(`process ${child.pid}`);
    }
    expect((await takeElsewhere()).said).toContain("DirectoryInUseError");
  });

  it("is free at once when the holder was killed with SIGKILL", async () => {
    const { child } = await takeElsewhere();
    expect(() => lockDirectory(directory)).toThrow(DirectoryInUseError);
    await kill(child);
    const lock = lockDirectory(directory);
    expect((await takeElsewhere()).said).toContain(`process ${process.pid}`);
    lock.release();
  });

  it("locks one directory, not its neighbour", () => {
    const lock = lockDirectory(directory);
    lockDirectory(join(root, "other")).release();
    lock.release();
  });
});

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}
