import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { COMMANDS } from "../../src/admin/commands.ts";
import { ROOT } from "../server-under-test.ts";
import { adminCli } from "../support/admin-cli.ts";
import { call, sendMessage } from "../support/calls.ts";
import { ADMIN_KEY, openInstallation } from "../support/installation.ts";
import { eventually } from "../support/mailbox.ts";
import { callApi, demoAgentOf, signInAt } from "../support/trpc-client.ts";
import { useDirectory, useServer } from "../support/use-server.ts";

describe("npm run admin", () => {
  const server = useServer(() => openInstallation({ demo: true }));
  const { run, json } = adminCli(server);
  const files = useDirectory();

  /** @returns the id of the account of the demo's first agent, an Admin, or of its second */
  const memberOf = async (which: "first" | "second") => {
    const { team } = await json<{ team: { id: string; email: string }[] }>(["agents", "list"]);
    return team.find(({ email }) => email === demoAgentOf(server, which).email)?.id ?? "";
  };

  test("lists its commands, and explains each with an example", async () => {
    const { code, out } = await run(["--help"], {});
    expect(code).toBe(0);
    const commands = [...out.matchAll(/^ {2}([a-z-]+(?: [a-z-]+)?) {2}/gm)].map(([, name]) => name ?? "");
    expect(commands).toEqual(COMMANDS.map(({ name }) => name));
    const helped = await Promise.all(commands.map((command) => run([...command.split(" "), "--help"], {})));
    for (const [at, help] of helped.entries())
      expect([help.code, help.out]).toEqual([0, expect.stringContaining(`npm run admin -- ${commands[at]}`)]);
  });

  test("runs as npm runs it, with the exit code of the command", () => {
    const env = { ...process.env, PULT_ADMIN_KEY: ADMIN_KEY, PULT_URL: server.origin };
    const runNpm = (...args: string[]) =>
      spawnSync("npm", ["run", "--silent", "admin", "--", ...args], { cwd: ROOT, env, encoding: "utf8" });
    expect(runNpm("keys", "list")).toMatchObject({ status: 0, stdout: "No apiKeys\n" });
    expect(runNpm("keys", "explode")).toMatchObject({ status: 2, stdout: "" });
  });

  test("makes a key that works, lists and revokes it", async () => {
    const { id, key } = await json<{ id: string; key: string }>([
      ...["keys", "create", "--name", "Shop", "--scope", "support:write", "--limit-per-minute", "60"],
    ]);
    const { auth } = callApi(server, key);
    expect((await auth.me.query()).kind).toBe("apiKey");
    const { apiKeys } = await json<{ apiKeys: { id: string; limitPerMinute: number }[] }>(["keys", "list"]);
    expect(apiKeys).toMatchObject([{ id, limitPerMinute: 60 }]);
    await json(["keys", "revoke", id]);
    await expect(auth.me.query()).rejects.toMatchObject({ data: { code: "UNAUTHORIZED" } });
  });

  test("finds a conversation, gives it to an agent, resolves and exports it", async () => {
    for (const message of ["Where is it?", "Hello?"])
      await sendMessage(server, { user_id: "cli-1", message }, { token: ADMIN_KEY });
    const find = async (view: string) => {
      const args = ["conversations", "list", "--search", "cli-1", "--view", view];
      return (await json<{ conversations: { id: number; assignee: { id: string } | null }[] }>(args)).conversations;
    };
    const [found] = await find("unassigned");
    const id = String(found?.id);
    const agentId = await memberOf("first");
    await json(["conversations", "assign", id, "--agent", agentId]);
    expect(await find("all")).toMatchObject([{ id: found?.id, assignee: { id: agentId } }]);
    await json(["conversations", "assign", id, "--nobody"]);
    expect(await find("unassigned")).toMatchObject([{ id: found?.id, assignee: null }]);
    await json(["conversations", "resolve", id]);
    expect(await find("resolved")).toMatchObject([{ id: found?.id }]);
    // What is still being delivered changes between two exports.
    const whole = await eventually(async () => {
      const exported = await json<{ messages: { kind: string; text: string }[] }>(["conversations", "export", id]);
      return !JSON.stringify(exported).includes('"pending"') && exported;
    });
    const written = whole.messages.filter(({ kind }) => kind === "customer").map(({ text }) => text);
    expect(written).toEqual(["Where is it?", "Hello?"]);
    const out = join(files, "conversation.json");
    const toFile = ["conversations", "export", id, "--out", out];
    expect(await json(toFile)).toEqual({ file: out, messages: whole.messages.length });
    expect(JSON.parse(await readFile(out, "utf8"))).toEqual(whole);
    expect(await run(toFile)).toMatchObject({ code: 2, err: expect.stringContaining("exists already") });
  });

  test("deactivates and reactivates an agent", async () => {
    const id = await memberOf("first");
    expect((await run(["agents", "disable", id])).err).toContain("The last Admin cannot be demoted");
    await json(["agents", "set-role", await memberOf("second"), "--role", "Admin"]);
    await json(["agents", "disable", id]);
    await expect(signInAt(server)).rejects.toThrow("No session");
    await json(["agents", "enable", id]);
    expect(await signInAt(server)).toMatch(/^ses_/);
  });

  test("signs an agent out everywhere, and makes a link for a new password", async () => {
    const token = await signInAt(server);
    const id = await memberOf("first");
    const { ended } = await json<{ ended: number }>(["agents", "end-sessions", id]);
    expect(ended).toBeGreaterThan(0);
    expect((await call(server, "/trpc/auth.me", { token })).status).toBe(401);
    expect(await json(["agents", "reset-link", id])).toMatchObject({ url: expect.stringContaining("http") });
  });

  test("invites an agent with a role that was made, withdraws it, and removes the role", async () => {
    const { id } = await json<{ id: string }>([
      ...["roles", "create", "--name", "Night shift", "--scope", "support:write", "--permission", "mute"],
    ]);
    const { roles } = await json<{ roles: { id: string | null; name: string }[] }>(["roles", "list"]);
    expect(roles).toContainEqual(expect.objectContaining({ id, name: "Night shift", scopes: ["support:write"] }));
    const invited = await json<{ id: string; url: string }>([
      ...["agents", "invite", "--email", "olga@example.com", "--role", "Night shift", "--name", "Olga"],
    ]);
    expect(invited.url).toContain("http");
    expect(await json(["agents", "invitations"])).toMatchObject({
      invitations: [{ id: invited.id, email: "olga@example.com", roleName: "Night shift" }],
    });
    await json(["agents", "withdraw", invited.id]);
    expect(await json(["agents", "invitations"])).toEqual({ invitations: [] });
    await json(["roles", "remove", "Night shift"]);
    const { out } = await run(["roles", "list"]);
    expect(out).not.toContain("Night shift");
    expect(await run(["roles", "remove", "Admin"])).toMatchObject({ code: 2 });
  });

  test.each([
    [["keys", "explode"], "Unknown command keys explode"],
    [["keys", "create", "--name", "x"], "--scope is missing"],
    [["keys", "create", "--name", "x", "--scope", "everything"], "--scope everything"],
    [["keys", "revoke"], "keys revoke takes ID"],
    [["keys", "list", "--loud"], "--loud"],
    [["conversations", "resolve", "seven"], "ID must be a whole number"],
    [["agents", "set-role", crypto.randomUUID(), "--role", "King"], "--role must be one of Admin"],
    [["users", "grant", "--role", "Admin"], "Say who by one of --telegram-id"],
    [["users", "show", "--app-id", "a", "--wallet", "b"], "Say who by one of"],
    [["users", "grant", "--app-id", "a", "--role", "King"], "--role must be one of Admin"],
    [["retention", "set"], "Name a kind and its days"],
    [["retention", "set", "--audit-log", "long"], "--audit-log must be a whole number"],
    [["audit", "export"], "--out is missing"],
    [["audit", "export", "--out", "/no/such/place/file"], "cannot be written"],
    [["backup"], "--out is missing"],
    [["restore"], "restore takes FILE"],
    [["restore", "/no/such/file", "--yes"], "There is no file"],
  ])("says what is wrong with %j, with exit code 2", async (args, words) => {
    expect(await run(args)).toMatchObject({ code: 2, out: "", err: expect.stringContaining(words) });
  });

  test("reports a missing key and an unreachable server", async () => {
    expect(await run(["keys", "list"], {})).toMatchObject({ code: 2, err: expect.stringContaining("PULT_API_KEY") });
    const dead = { PULT_ADMIN_KEY: ADMIN_KEY, PULT_URL: "http://127.0.0.1:1" };
    for (const args of [
      ["keys", "list"],
      ["backup", "--out", join(files, "nothing")],
    ])
      expect(await run(args, dead)).toMatchObject({ code: 1, err: expect.stringContaining("No answer from") });
  });
});
