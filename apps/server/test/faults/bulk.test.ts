import { startDataCentre } from "@pult/sandbox/mtproto/testing.ts";
import { describe, expect, test, vi } from "vitest";
import { openInstallation } from "../support/installation.ts";
import { envOf, linkAccount } from "../support/linked-accounts.ts";
import { bothDatabases } from "../support/matrix.ts";
import { callApi, signInAt } from "../support/trpc-client.ts";

const PHONE = 79_990_001_100;
const RECIPIENTS = 9;
const WAIT = { timeout: 90_000, interval: 100 };

describe.each(bothDatabases())("A bulk message on %s", (_name, cell) => {
  test("kill -9, lost answers and cut connections in the middle: each recipient gets exactly one", async () => {
    const telegram = await startDataCentre();
    const { actions } = telegram;
    const { accountId: me } = actions.createAccount({ firstName: "Shop", phone: String(PHONE) });
    const people = Array.from({ length: RECIPIENTS }, (_, at) => {
      const { personId } = actions.createPerson({ firstName: `Person ${at}`, phone: String(PHONE + at + 1) });
      return { personId, chat: actions.write({ from: personId, to: me, text: "/agree" }).chat };
    });
    const received = () =>
      people.map(({ chat }) => actions.viewChat(chat).messages.filter(({ text }) => text.startsWith("News")).length);
    const server = await openInstallation({ ...cell, demo: true, speed: 5, env: envOf(telegram) });
    const api = () => callApi(server).chats;
    try {
      const accountId = await linkAccount([server], telegram, { phone: String(PHONE), personId: me });
      const day = { windowFrom: "00:00", windowTo: "00:00" };
      await api().bulk.setSettings.mutate({ accountId, gapSeconds: 1, ...day });
      const contactIds: string[] = [];
      for (const { personId } of people) {
        const chat = { accountId, chatId: String(personId) };
        await vi.waitFor(() => api().agreements.record.mutate({ ...chat, reason: "Asked for news" }), WAIT);
        const contact = { name: `Person ${personId}`, telegramUserId: String(personId) };
        contactIds.push((await api().contacts.create.mutate(contact)).id);
      }
      await api().accounts.share.mutate({ accountId, role: "Admin", access: "write" });
      const id = crypto.randomUUID();
      const text = { name: "News", text: "News for {first_name}" };
      const { version, counts } = await api().bulk.save.mutate({ id, version: 0, accountId, ...text, contactIds });
      expect(counts).toMatchObject({ queued: RECIPIENTS, skipped: 0 });
      await api().bulk.submit.mutate({ id, version });
      const agent = await signInAt(server);
      await callApi(server, agent).chats.bulk.approve.mutate({ id, version });

      const reached = (count: number) =>
        vi.waitFor(() => expect(received().filter(Boolean).length).toBeGreaterThanOrEqual(count), WAIT);
      await reached(1);
      actions.plan({ kind: "drop", when: "after", method: "messages.sendMessage" });
      await reached(2);
      await server.kill();
      await server.restart();
      await reached(4);
      actions.connections("drop");
      actions.plan({ kind: "drop", when: "before", method: "messages.sendMessage" });
      await reached(5);
      await server.kill();
      await server.restart();
      await vi.waitFor(async () => expect((await api().bulk.get.query({ id })).state).toBe("done"), WAIT);

      expect(received()).toEqual(people.map(() => 1));
      const ended = await api().bulk.get.query({ id });
      expect(ended.counts.sent + ended.counts.read).toBe(RECIPIENTS);
    } finally {
      await server.stop();
      await telegram.close();
    }
  });
});
