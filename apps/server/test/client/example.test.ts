import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { commandOf, ROOT } from "../server-under-test.ts";
import { sendMessage } from "../support/calls.ts";
import { rowOf, startDesk } from "../support/desk.ts";
import { ADMIN_KEY } from "../support/installation.ts";
import { bothRuntimes } from "../support/matrix.ts";
import { callApi } from "../support/trpc-client.ts";
import { useServer } from "../support/use-server.ts";

const PROGRAM = "packages/api/examples/conversation/main.ts";

describe.each(bothRuntimes())("packages/api/examples/conversation against %s", (_, cell) => {
  const server = useServer(() => startDesk(cell));

  function start(args: string[], key: string) {
    const [file, ...rest] = commandOf(cell.runtime, PROGRAM);
    const { PATH = "", HOME = "" } = process.env;
    const child: ChildProcess = spawn(file, [...rest, ...args], {
      cwd: ROOT,
      env: { NODE_ENV: "production", PATH, HOME, PULT_URL: server.origin, PULT_API_KEY: key },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const said = { out: "", err: "" };
    child.stdout?.on("data", (chunk) => {
      said.out += chunk;
      child.emit("said");
    });
    child.stderr?.on("data", (chunk) => {
      said.err += chunk;
    });
    const ended = once(child, "close").then(([code]) => code as number | null);
    const until = async (words: string) => {
      while (!said.out.includes(words))
        await Promise.race([
          once(child, "said"),
          ended.then((code) => Promise.reject(new Error(`${code} ${said.err}`))),
        ]);
    };
    return { said, ended, until };
  }

  test("writes as a customer, prints what is said, and ends with the first answer", async () => {
    const api = callApi(server);
    const { key } = await api.auth.apiKeys.create.mutate({ name: "Example", scopes: ["support:write"] });
    await sendMessage(server, { user_id: "program-1", message: "Before" }, { token: ADMIN_KEY });
    const program = start(["program-1", "Where is my parcel?"], key);
    await program.until("Where is my parcel?");
    const { id: conversationId } = await rowOf(server, "program-1");
    await api.support.note.mutate({ conversationId, text: "Not for his eyes", clientId: crypto.randomUUID() });
    await api.support.reply.mutate({ conversationId, text: "On its way", photoIds: [], clientId: crypto.randomUUID() });
    expect([await program.ended, program.said.err]).toEqual([0, ""]);
    expect(program.said.out.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/^customer {2}.*: Where is my parcel\?$/),
      expect.stringMatching(/^agent {2}.*: On its way$/),
    ]);
  });

  test("ends with the server's words when its key may not do this", async () => {
    const { key } = await callApi(server).auth.apiKeys.create.mutate({ name: "Lesser", scopes: ["chats:read"] });
    const program = start(["program-2", "Hello"], key);
    const said = { out: "", err: "This key lacks the scope support:read\n" };
    expect([await program.ended, program.said]).toEqual([1, said]);
  });
});
