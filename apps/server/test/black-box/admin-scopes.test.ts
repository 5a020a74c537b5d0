import { readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { COMMANDS } from "../../src/admin/commands.ts";
import { adminCli } from "../support/admin-cli.ts";
import { backupOf, contentsOf } from "../support/backup-file.ts";
import { call, sendMessage } from "../support/calls.ts";
import { startDesk } from "../support/desk.ts";
import { ADMIN_KEY } from "../support/installation.ts";
import { useDirectory, useServer } from "../support/use-server.ts";

const AN_ID = "4b1f9a52-7c1e-4a58-9d1b-0d8a1c2e3f40";

/** What follows each command, so that nothing but the scope is wrong with it. `OUT` and `FILE` stand for files. */
const ARGUMENTS: Record<string, string[]> = {
  "users search": ["anna"],
  "users show": ["--app-id", "kept"],
  "users grant": ["--app-id", "kept", "--role", "VIP"],
  "users revoke": ["--app-id", "kept"],
  "users merge": ["--keep", AN_ID, "--merge", AN_ID],
  "users undo-merge": [AN_ID],
  "users export": ["--app-id", "kept", "--out", "OUT"],
  "users erase": ["--app-id", "kept", "--yes"],
  "agents list": [],
  "agents invite": ["--email", "olga@example.com", "--role", "Admin"],
  "agents invitations": [],
  "agents withdraw": [AN_ID],
  "agents set-role": [AN_ID, "--role", "Admin"],
  "agents disable": [AN_ID],
  "agents enable": [AN_ID],
  "agents reset-link": [AN_ID],
  "agents end-sessions": [AN_ID],
  "roles list": [],
  "roles create": ["--name", "x", "--scope", "support:read"],
  "roles remove": ["x"],
  "keys list": [],
  "keys create": ["--name", "x", "--scope", "chats:read"],
  "keys revoke": [AN_ID],
  "conversations list": [],
  "conversations assign": ["1", "--nobody"],
  "conversations resolve": ["1"],
  "conversations export": ["1", "--out", "OUT"],
  broadcast: ["Hello"],
  "broadcasts estimate": [],
  pin: ["1"],
  "broadcasts show": [AN_ID],
  "broadcasts pause": [AN_ID],
  "broadcasts resume": [AN_ID],
  "broadcasts cancel": [AN_ID],
  "broadcasts retry": [AN_ID],
  "broadcasts recipients": [AN_ID],
  "broadcasts subscribers": [],
  "broadcasts name-topic": ["1", "News"],
  "live-alerts publish":
    "--type t --name n --market m --sport s --confidence 1 --ev 1 --expires 2030-01-01T00:00:00Z".split(" "),
  "live-alerts settle": ["1", "--profit", "1"],
  "events list": [],
  "events replay": ["1"],
  "push devices": [AN_ID],
  "push test": ["--device", AN_ID],
  deliveries: ["--person", AN_ID],
  "rooms list": [],
  "rooms create": ["--name", "Friday", "--fee", "0"],
  "rooms close": [AN_ID],
  "rooms verify": [AN_ID],
  "rooms mute": [AN_ID, "--trader", AN_ID],
  "rooms warn": [AN_ID, "--trader", AN_ID, "--reason", "x"],
  "rooms remove": [AN_ID, "--trader", AN_ID],
  "rooms readmit": [AN_ID, "--trader", AN_ID],
  "rooms speaker": [AN_ID, "--trader", AN_ID],
  "accounts list": [],
  "accounts unlink": [AN_ID, "--yes"],
  "accounts resume": [AN_ID],
  "accounts contacts": [AN_ID],
  "accounts keep-contacts": [AN_ID],
  "accounts read-contacts": [AN_ID],
  "associations list": ["1"],
  "associations add": ["1", "--type", "contact", "--id", AN_ID],
  "associations remove": [AN_ID],
  "contacts export": ["--out", "OUT"],
  "contacts import": ["FILE"],
  "bulk list": [],
  "bulk pause": [AN_ID],
  "bulk resume": [AN_ID],
  "retention show": [],
  "retention set": ["--audit-log", "1"],
  "retention run": [],
  "audit list": [],
  "audit export": ["--out", "OUT"],
  backup: ["--out", "OUT"],
  restore: ["FILE", "--replace", "--yes"],
};

describe("npm run admin, with a key that lacks the scope", () => {
  const server = useServer(startDesk);
  const cli = adminCli(server);
  const files = useDirectory();
  let key = "";
  /** Of commands that the other key may carry out. */
  let chatsLess = "";
  beforeAll(async () => {
    await sendMessage(server, { user_id: "kept", message: "Hello" }, { token: ADMIN_KEY });
    ({ key } = await cli.json<{ key: string }>(["keys", "create", "--name", "Lesser", "--scope", "chats:write"]));
    const without = ["keys", "create", "--name", "Without chats", "--scope", "support:write"];
    chatsLess = (await cli.json<{ key: string }>(without)).key;
    await writeFile(join(files, "backup.gz"), await backupOf(server));
    // That the key was used is noted once a minute.
    for (const token of [key, chatsLess]) expect((await call(server, "/trpc/auth.me", { token })).status).toBe(200);
  });

  test("refuses every command with exit code 1, and changes nothing", async () => {
    expect(Object.keys(ARGUMENTS)).toEqual(COMMANDS.map(({ name }) => name));
    const before = contentsOf(await backupOf(server));
    for (const [name, args] of Object.entries(ARGUMENTS)) {
      const given = args.map((arg) =>
        arg === "OUT" ? join(files, "out") : arg === "FILE" ? join(files, "backup.gz") : arg,
      );
      const used = /^(accounts|associations|contacts|bulk) /.test(name) ? chatsLess : key;
      const ran = await cli.run([...name.split(" "), ...given, "--json"], { PULT_API_KEY: used });
      expect([name, ran]).toEqual([
        name,
        { code: 1, out: "", err: expect.stringMatching(/^Refused: (.*scope|Only an agent or a customer)/) },
      ]);
    }
    expect(contentsOf(await backupOf(server))).toEqual(before);
    expect(readdirSync(files)).toEqual(["backup.gz"]);
  });
});
