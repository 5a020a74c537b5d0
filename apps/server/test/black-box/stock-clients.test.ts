import type { AppRouter } from "@pult/api/root.ts";
import {
  createTRPCClient,
  createWSClient,
  httpBatchStreamLink,
  type TRPCClientError,
  type TRPCLink,
  wsLink,
} from "@trpc/client";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { call, sendMessage } from "../support/calls.ts";
import { connectChat } from "../support/chat-socket.ts";
import { beginConversation } from "../support/desk.ts";
import { ADMIN_KEY, mintToken, openInstallation } from "../support/installation.ts";
import { mainCell } from "../support/matrix.ts";
import { expectHealthy, useServer } from "../support/use-server.ts";

const WRONG = "pult_wrong";

/** What HTTP clients, tRPC's own links and old Socket.IO clients do that our own do not. */
describe.each(mainCell())("Clients as they are, on %s", (_name, cell) => {
  const server = useServer(() => openInstallation(cell), expectHealthy);

  const clientOf = (link: TRPCLink<AppRouter>) => createTRPCClient<AppRouter>({ links: [link] });
  const codeOf = (refused: Promise<unknown>) =>
    refused.then(
      () => "answered",
      (error: TRPCClientError<AppRouter>) => error.data?.code ?? `without a code: ${error.message}`,
    );

  async function overSocket<Result>(
    { token, params }: { token: string; params: boolean },
    work: (client: ReturnType<typeof clientOf>) => Promise<Result>,
  ): Promise<Result> {
    class Authorized extends WebSocket {
      constructor(url: string | URL) {
        super(url, params ? {} : { headers: { authorization: `Bearer ${token}` } });
      }
    }
    const socket = createWSClient({
      url: `${server.origin.replace("http", "ws")}/trpc`,
      WebSocket: Authorized as unknown as typeof globalThis.WebSocket,
      ...(params ? { connectionParams: { token } } : {}),
    });
    try {
      return await work(clientOf(wsLink({ client: socket })));
    } finally {
      await socket.close();
    }
  }

  test.each([true, false])(
    "a wrong credential settles every call of tRPC's socket (by connectionParams: %s)",
    async (params) => {
      const codes = await overSocket({ token: WRONG, params }, (client) =>
        Promise.all([codeOf(client.auth.me.query()), codeOf(client.support.inbox.query({}))]),
      );
      expect(codes).toEqual(["UNAUTHORIZED", "UNAUTHORIZED"]);
    },
  );

  test("a batch of the largest calls goes over one socket, in one message", async () => {
    const conversationId = await beginConversation(server, "largest");
    const texts = Array.from({ length: 20 }, (_, index) => `${index} `.padEnd(32_768, "ж"));
    const sent = await overSocket({ token: ADMIN_KEY, params: false }, (client) =>
      Promise.all(
        texts.map((text, index) => client.support.reply.mutate({ conversationId, text, clientId: `largest-${index}` })),
      ),
    );
    expect(sent.map(({ message }) => message.text)).toEqual(texts);
  });

  test("tRPC's streaming link is told refusals in its own form", async () => {
    const url = `${server.origin}/trpc`;
    const as = (token: string) => clientOf(httpBatchStreamLink({ url, headers: { authorization: `Bearer ${token}` } }));
    const refused = as(WRONG);
    expect(await Promise.all([codeOf(refused.auth.me.query()), codeOf(refused.support.inbox.query({}))])).toEqual([
      "UNAUTHORIZED",
      "UNAUTHORIZED",
    ]);
    const text = "x".repeat(1_100_000);
    const tooLarge = as(ADMIN_KEY).support.reply.mutate({ conversationId: 1, text, clientId: "x" });
    expect(await codeOf(tooLarge)).toBe("PAYLOAD_TOO_LARGE");
  });

  test("documented reads are answered by HEAD and with a slash at the end, sends with one", async () => {
    const token = ADMIN_KEY;
    await sendMessage(server, { user_id: "reader", message: "Hello" }, { token });
    for (const path of ["/message_history/reader", "/check_device/reader"]) {
      expect(await call(server, path, { method: "HEAD", token })).toMatchObject({ status: 200, text: "" });
      expect((await call(server, `${path}/?limit=1`, { token })).body).toMatchObject(
        (await call(server, `${path}?limit=1`, { token })).body,
      );
      const { status, headers } = await call(server, path, { method: "OPTIONS" });
      expect([status, headers.get("allow")]).toEqual([204, "GET, HEAD"]);
    }
    expect(
      (await call(server, "/send_message/", { json: { user_id: "reader", message: "Again" }, token })).status,
    ).toBe(200);
  });

  test("a user id that no path can hold is refused", async () => {
    for (const user_id of [".", ".."])
      expect(
        await call(server, "/send_message", { json: { user_id, message: "Dots" }, token: ADMIN_KEY }),
      ).toMatchObject({
        status: 400,
      });
  });

  test.each<[how: string, shown: (token: string) => Parameters<typeof connectChat>[1]]>([
    ["in the address, where a browser of Socket.IO 2 shows it", (token) => ({ query: { token } })],
    ["behind the word Bearer", (token) => ({ auth: { token: `Bearer ${token}` } })],
  ])("Socket.IO takes a token %s", async (_how, shown) => {
    const chat = connectChat(server, shown(await mintToken({ sub: "io" })));
    expect(await chat.join("io")).toMatchObject({ name: "joined" });
    chat.close();
  });
});
