import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sendMessage } from "../support/calls.ts";
import { ADMIN_KEY, type Installation, openInstallation } from "../support/installation.ts";
import { connectApi, signInDemoAgent } from "../support/trpc-client.ts";

const ENTRY = fileURLToPath(new URL("../../src/admin/main.ts", import.meta.url));

describe("npm run admin", () => {
  let installation: Installation;
  beforeAll(async () => {
    installation = await openInstallation({ demo: true });
  });
  afterAll(() => installation?.close());

  async function run(args: string[], env: Record<string, string> = { PULT_ADMIN_KEY: ADMIN_KEY }) {
    const { PATH = "" } = process.env;
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ENTRY, ...args], {
      env: { NODE_ENV: "production", PATH, PULT_URL: installation.server.origin, ...env },
    });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      err += chunk;
    });
    const [code] = await once(child, "close");
    return { code, out, err };
  }

  async function json<Result>(args: string[]): Promise<Result> {
    const { code, out, err } = await run([...args, "--json"]);
    expect([code, err]).toEqual([0, ""]);
    expect(out.trimEnd().split("\n")).toHaveLength(1);
    return JSON.parse(out);
  }

  test("lists its commands, and explains each with an example", async () => {
    const { code, out } = await run(["--help"], {});
    expect(code).toBe(0);
    const commands = [...out.matchAll(/^ {2}([a-z]+ [a-z-]+) {2}/gm)].map(([, name]) => name ?? "");
    expect(commands).toContain("keys create");
    for (const command of commands) {
      const help = await run([...command.split(" "), "--help"], {});
      expect([help.code, help.out]).toEqual([0, expect.stringContaining(`npm run admin -- ${command}`)]);
    }
  });

  test("makes a key that works, lists and revokes it", async () => {
    const { id, key } = await json<{ id: string; key: string }>([
      ...["keys", "create", "--name", "Shop", "--scope", "support:write"],
    ]);
    const client = connectApi(installation.server.origin, key);
    expect((await client.api.auth.me.query()).kind).toBe("apiKey");
    const { apiKeys } = await json<{ apiKeys: { id: string }[] }>(["keys", "list"]);
    expect(apiKeys.map((one) => one.id)).toContain(id);
    await json(["keys", "revoke", id]);
    await expect(client.api.auth.me.query()).rejects.toMatchObject({ data: { code: "UNAUTHORIZED" } });
    await client.close();
  });

  test("finds a conversation, gives it to an agent and resolves it", async () => {
    const { origin } = installation.server;
    await sendMessage(origin, { user_id: "cli-1", message: "Where is it?" }, { token: ADMIN_KEY });
    const find = async (view: string) =>
      (
        await json<{ conversations: { id: number; assignee: { id: string } | null }[] }>([
          ...["conversations", "list", "--search", "cli-1", "--view", view],
        ])
      ).conversations;
    const [found] = await find("unassigned");
    const { team } = await json<{ team: { id: string }[] }>(["agents", "list"]);
    const agent = team[0]?.id ?? "";
    await json(["conversations", "assign", String(found?.id), "--agent", agent]);
    expect(await find("all")).toMatchObject([{ id: found?.id, assignee: { id: agent } }]);
    await json(["conversations", "resolve", String(found?.id)]);
    expect(await find("resolved")).toMatchObject([{ id: found?.id }]);
  });

  test("keeps an agent out, and lets him in again", async () => {
    const { email } = installation.demoAgent();
    const { team } = await json<{ team: { id: string; email: string }[] }>(["agents", "list"]);
    const { id = "" } = team.find((one) => one.email === email) ?? {};
    const { id: otherId = "" } = team.find((one) => one.email !== email) ?? {};
    expect((await run(["agents", "disable", id])).err).toContain("The last Admin stays one");
    await json(["agents", "set-role", otherId, "--role", "Admin"]);
    await json(["agents", "disable", id]);
    await expect(signInDemoAgent(installation)).rejects.toThrow("No session");
    await json(["agents", "enable", id]);
    expect(await signInDemoAgent(installation)).toMatch(/^ses_/);
  });

  test("refuses a key without the scope, and changes nothing", async () => {
    const { key } = await json<{ key: string }>(["keys", "create", "--name", "Lesser", "--scope", "support:read"]);
    const before = await json(["agents", "list"]);
    const [first] = (before as { team: { id: string }[] }).team;
    const refused = await run(["agents", "disable", first?.id ?? "", "--json"], { PULT_API_KEY: key });
    expect(refused).toMatchObject({ code: 1, out: "", err: expect.stringContaining("Refused:") });
    expect(await json(["agents", "list"])).toEqual(before);
  });

  test.each([
    [["keys", "explode"], "Unknown command keys explode"],
    [["keys", "create", "--name", "x"], "--scope is missing"],
    [["keys", "create", "--name", "x", "--scope", "everything"], "--scope everything"],
    [["keys", "revoke"], "keys revoke takes ID"],
    [["keys", "list", "--loud"], "--loud"],
    [["conversations", "resolve", "seven"], "ID must be a whole number"],
    [["agents", "set-role", crypto.randomUUID(), "--role", "King"], "--role must be one of"],
  ])("says what is wrong with %j, with exit code 2", async (args, words) => {
    expect(await run(args)).toMatchObject({ code: 2, out: "", err: expect.stringContaining(words) });
  });

  test("says that it has no key, and that nobody answers", async () => {
    expect(await run(["keys", "list"], {})).toMatchObject({ code: 2, err: expect.stringContaining("PULT_API_KEY") });
    const dead = { PULT_ADMIN_KEY: ADMIN_KEY, PULT_URL: "http://127.0.0.1:1" };
    expect(await run(["keys", "list"], dead)).toMatchObject({
      code: 1,
      err: expect.stringContaining("No answer from"),
    });
  });
});
