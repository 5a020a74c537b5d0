import { SAMPLE_PHOTOS } from "@pult/api/testing/sample-photos.ts";
import { describe, expect, test } from "vitest";
import { call, historyOf, sendMessage, sendPhotos } from "../support/calls.ts";
import { rowOf } from "../support/desk.ts";
import { openInstallation } from "../support/installation.ts";
import { eventually } from "../support/mailbox.ts";
import { mainCell } from "../support/matrix.ts";
import { linesOf, textsOf, topicOf, writeInTopic } from "../support/support-group.ts";
import { callApi } from "../support/trpc-client.ts";
import { useServer } from "../support/use-server.ts";

const TWO_PHOTOS = [{ bytes: SAMPLE_PHOTOS.jpeg }, { bytes: SAMPLE_PHOTOS.png }];

describe.each(mainCell())("Telegram's troubles on %s", (_name, cell) => {
  const server = useServer(() => openInstallation({ ...cell, speed: 5, legacyAuth: "open" }));

  const send = async (user: string, message: string) => {
    const { status } = await sendMessage(server, { user_id: user, user_name: user, message });
    expect(status).toBe(200);
  };
  /** Waits until the server knows that Telegram has this customer's newest message. @returns their topic */
  async function delivered(user: string): Promise<number> {
    await eventually(async () => {
      const { id: conversationId } = await rowOf(server, user);
      const { messages } = await callApi(server).support.conversation.query({ conversationId });
      const newest = messages.findLast(({ kind }) => kind === "customer");
      return newest?.deliveries.length && newest.deliveries.every(({ state }) => state === "delivered");
    }, 15_000);
    return (await topicOf(server.sandbox, user)).threadId;
  }
  const sends = () => server.sandbox.calls.filter(({ method }) => /^(send|createForumTopic)/.test(method));
  const answersOf = async (user: string) =>
    (await historyOf(server, user)).filter(({ direction }) => direction === "support").map(({ message }) => message);

  test("down, then up: sends are acknowledged meanwhile, then everything arrives in order, nothing twice", async () => {
    const { sandbox } = server;
    await send("down-1", "before");
    const threadId = await delivered("down-1");
    sandbox.setFaults({ telegramDown: true });
    for (const text of ["1", "2", "3"]) await send("down-1", text);
    expect((await sendPhotos(server, { user_id: "down-1", message: "4" }, { photos: TWO_PHOTOS })).status).toBe(200);
    await send("down-1", "5");
    await sandbox.until(() => sends().some(({ status }) => status === 0));
    await eventually(async () => (await call(server, "/health/ready")).status === 503);
    expect((await call(server, "/health")).status).toBe(200);
    writeInTopic(sandbox, threadId, "written meanwhile");
    sandbox.setFaults({ telegramDown: false });
    await delivered("down-1");
    expect(textsOf(sandbox, threadId)).toEqual(["before", "written meanwhile", "1", "2", "3", "4", "", "5"]);
    await eventually(async () => (await answersOf("down-1")).includes("written meanwhile"), 15_000);
    expect((await answersOf("down-1")).filter((text) => text === "written meanwhile")).toHaveLength(1);
    await eventually(async () => (await call(server, "/health/ready")).status === 200, 15_000);
  });

  test("a flood wait is obeyed to its end: one refusal, then silence, then all in order", async () => {
    const { sandbox } = server;
    await send("flood-1", "before");
    const threadId = await delivered("flood-1");
    const { floodUntil } = sandbox.setFaults({ floodWaitSeconds: 2 });
    for (const text of ["1", "2", "3"]) await send("flood-1", text);
    await delivered("flood-1");
    expect(textsOf(sandbox, threadId)).toEqual(["before", "1", "2", "3"]);
    const refused = sends().filter(({ status }) => status === 429);
    expect(refused).toHaveLength(1);
    const after = sends().filter(({ at }) => at > (refused[0]?.at ?? ""));
    expect(after.length).toBeGreaterThanOrEqual(3);
    expect(after.filter(({ at }) => at < (floodUntil ?? ""))).toEqual([]);
  });

  test("502s in between cost nothing and repeat nothing", async () => {
    const { sandbox } = server;
    await send("bad-1", "before");
    const threadId = await delivered("bad-1");
    sandbox.setFaults({ serverErrorPercent: 34 });
    for (const text of ["1", "2", "3"]) await send("bad-1", text);
    await delivered("bad-1");
    sandbox.setFaults({ serverErrorPercent: 0 });
    expect(textsOf(sandbox, threadId)).toEqual(["before", "1", "2", "3"]);
  });

  test("an album refused whole is sent whole again", async () => {
    const { sandbox } = server;
    sandbox.setFaults({ floodWaitSeconds: 1 });
    const fields = { user_id: "album-1", user_name: "album-1", message: "Two" };
    await sendPhotos(server, fields, { photos: TWO_PHOTOS });
    const { threadId } = await topicOf(sandbox, "album-1");
    await sandbox.until(() => linesOf(sandbox, threadId).length === 2, 15_000);
    await send("album-1", "then");
    await sandbox.until(() => textsOf(sandbox, threadId).includes("then"));
    expect(linesOf(sandbox, threadId).filter(({ photo }) => photo !== null)).toHaveLength(2);
  });

  test("the group becomes a supergroup: messages follow it, its topics stay, also after a restart with the old id", async () => {
    const { sandbox } = server;
    await send("move-1", "before");
    const threadId = await delivered("move-1");
    const newId = sandbox.telegram.migrateGroup();
    await send("move-1", "after");
    await delivered("move-1");
    expect(textsOf(sandbox, threadId)).toEqual(["before", "after"]);
    expect(sandbox.world().group.topics.filter(({ name }) => name === "move-1")).toHaveLength(1);
    await server.kill();
    await server.restart();
    await send("move-1", "later");
    await delivered("move-1");
    expect(sandbox.calls.findLast(({ params }) => params.text === "later")?.params.chat_id).toSatisfy(
      (id: unknown) => Number(id) === newId,
    );
    writeInTopic(sandbox, threadId, "answer in the new group");
    await eventually(async () => (await answersOf("move-1")).includes("answer in the new group"));
  });
});
