import { describe, expect, test } from "vitest";
import { sendMessage } from "../support/calls.ts";
import { rowOf, startDesk } from "../support/desk.ts";
import { startExample } from "../support/example-program.ts";
import { ADMIN_KEY } from "../support/installation.ts";
import { bothRuntimes } from "../support/matrix.ts";
import { callApi } from "../support/trpc-client.ts";
import { useServer } from "../support/use-server.ts";

const PROGRAM = "packages/api/examples/conversation/main.ts";

describe.each(bothRuntimes())("packages/api/examples/conversation against %s", (_, cell) => {
  const server = useServer(() => startDesk(cell));

  const start = (args: string[], key: string) =>
    startExample(PROGRAM, args, { runtime: cell.runtime, url: server.origin, key });

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
