import { SAMPLE_PHOTOS } from "@pult/api/testing/sample-photos.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call, historyOf, photoForm, sendMessage } from "../support/calls.ts";
import { ADMIN_KEY, type Installation, openInstallation } from "../support/installation.ts";
import { eventually } from "../support/mailbox.ts";
import { mainCell } from "../support/matrix.ts";
import { linesOf, textsOf, topicOf, writeInTopic } from "../support/support-group.ts";
import { type ApiClient, connectApi } from "../support/trpc-client.ts";

describe.each(mainCell())("Telegram's troubles on %s", (_name, cell) => {
  let installation: Installation;
  let origin: string;
  let desk: ApiClient;

  beforeAll(async () => {
    installation = await openInstallation({ ...cell, speed: 5, legacyAuth: "open" });
    origin = installation.server.origin;
    desk = connectApi(origin, ADMIN_KEY);
  });
  afterAll(async () => {
    await desk?.close();
    await installation?.close();
  });

  const send = async (user: string, message: string) => {
    const { status } = await sendMessage(origin, { user_id: user, user_name: user, message });
    expect(status).toBe(200);
  };
  /** Waits until the server knows that Telegram has this customer's newest message. @returns their topic */
  async function delivered(user: string): Promise<number> {
    await eventually(async () => {
      const { conversations } = await desk.api.support.inbox.query({ search: user });
      const conversationId = conversations[0]?.id ?? 0;
      const { messages } = await desk.api.support.conversation.query({ conversationId });
      const newest = messages.findLast(({ kind }) => kind === "customer");
      return newest?.deliveries.length && newest.deliveries.every(({ state }) => state === "delivered");
    }, 15_000);
    return (await topicOf(installation.sandbox, user)).threadId;
  }
  const sends = () => installation.sandbox.calls.filter(({ method }) => /^(send|createForumTopic)/.test(method));
  const answersOf = async (user: string) =>
    (await historyOf(origin, user)).filter(({ direction }) => direction === "support").map(({ message }) => message);

  test("down, then up: sends are acknowledged meanwhile, then everything arrives in order, nothing twice", async () => {
    const { sandbox } = installation;
    await send("down-1", "before");
    const threadId = await delivered("down-1");
    sandbox.setFaults({ telegramDown: true });
    for (const text of ["1", "2", "3"]) await send("down-1", text);
    const form = photoForm({ user_id: "down-1", message: "4" }, [
      { bytes: SAMPLE_PHOTOS.jpeg },
      { bytes: SAMPLE_PHOTOS.png },
    ]);
    expect((await call(origin, "/send_message", { form })).status).toBe(200);
    await send("down-1", "5");
    await sandbox.until(() => sends().some(({ status }) => status === 0));
    await eventually(async () => (await call(origin, "/health/ready")).status === 503);
    expect((await call(origin, "/health")).status).toBe(200);
    writeInTopic(sandbox, threadId, "written meanwhile");
    sandbox.setFaults({ telegramDown: false });
    await delivered("down-1");
    expect(textsOf(sandbox, threadId)).toEqual(["before", "written meanwhile", "1", "2", "3", "4", "", "5"]);
    await eventually(async () => (await answersOf("down-1")).includes("written meanwhile"), 15_000);
    expect((await answersOf("down-1")).filter((text) => text === "written meanwhile")).toHaveLength(1);
    await eventually(async () => (await call(origin, "/health/ready")).status === 200, 15_000);
  }, 60_000);

  test("a flood wait is obeyed to its end: one refusal, then silence, then all in order", async () => {
    const { sandbox } = installation;
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
  }, 60_000);

  test("502s in between cost nothing and repeat nothing", async () => {
    const { sandbox } = installation;
    await send("bad-1", "before");
    const threadId = await delivered("bad-1");
    sandbox.setFaults({ serverErrorPercent: 34 });
    for (const text of ["1", "2", "3"]) await send("bad-1", text);
    await delivered("bad-1");
    sandbox.setFaults({ serverErrorPercent: 0 });
    expect(textsOf(sandbox, threadId)).toEqual(["before", "1", "2", "3"]);
  }, 60_000);

  test("a topic that was deleted is made anew, and the message that found it gone is not lost", async () => {
    const { sandbox } = installation;
    await send("topic-1", "before");
    const old = await delivered("topic-1");
    sandbox.telegram.deleteTopic(old);
    await send("topic-1", "after");
    const fresh = await topicOf(sandbox, "topic-1");
    expect(fresh.threadId).not.toBe(old);
    await sandbox.until(() => textsOf(sandbox, fresh.threadId).includes("after"));
    writeInTopic(sandbox, fresh.threadId, "still with you");
    await eventually(async () => (await answersOf("topic-1")).includes("still with you"));
  });

  test("an album refused whole is sent whole again", async () => {
    const { sandbox } = installation;
    sandbox.setFaults({ floodWaitSeconds: 1 });
    const form = photoForm({ user_id: "album-1", user_name: "album-1", message: "Two" }, [
      { bytes: SAMPLE_PHOTOS.jpeg },
      { bytes: SAMPLE_PHOTOS.png },
    ]);
    await call(origin, "/send_message", { form });
    const { threadId } = await topicOf(sandbox, "album-1");
    await sandbox.until(() => linesOf(sandbox, threadId).length === 2, 15_000);
    await send("album-1", "then");
    await sandbox.until(() => textsOf(sandbox, threadId).includes("then"));
    expect(linesOf(sandbox, threadId).filter(({ photo }) => photo !== null)).toHaveLength(2);
  }, 60_000);

  test("delivers to other customers after one customer blocks the bot", async () => {
    const { sandbox } = installation;
    const [blocked, other] = sandbox.world().users.filter(({ staff }) => !staff);
    if (!blocked || !other) throw new Error("No customers");
    for (const { id } of [blocked, other]) sandbox.telegram.sendAsUser({ userId: id, chatId: id, text: "Hello" });
    const topic = await topicOf(sandbox, blocked.name);
    const otherTopic = await topicOf(sandbox, other.name);
    sandbox.telegram.block(blocked.id, true);
    writeInTopic(sandbox, topic.threadId, "never arrives");
    writeInTopic(sandbox, otherTopic.threadId, "arrives");
    const received = (id: number) =>
      sandbox
        .world()
        .privateChats.find(({ userId }) => userId === id)
        ?.messages.map(({ text }) => text) ?? [];
    await sandbox.until(() => received(other.id).includes("arrives"));
    await sandbox.until(() =>
      sandbox.calls.some(({ status, params }) => status === 403 && params.text === "never arrives"),
    );
    expect(received(blocked.id)).not.toContain("never arrives");
  });

  test("the group becomes a supergroup: messages follow it, its topics stay, also after a restart with the old id", async () => {
    const { sandbox, server } = installation;
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
