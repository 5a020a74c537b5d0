import { identities } from "@pult/db/schema/auth.ts";
import { mediaFiles } from "@pult/db/schema/media.ts";
import { instagramEvents } from "@pult/db/schema/notifications.ts";
import { inArray } from "drizzle-orm";
import type { Customer } from "../actor.ts";
import { actorOfToken } from "../auth/actors.ts";
import { callerOf, makeAgent, mintToken, openMiniApp, uploadAs, writeAs } from "./factories.ts";
import { createTestDesk } from "./telegram-desk.ts";
import { fromCustomer, inGroup } from "./telegram-json.ts";
import type { TestDeps } from "./test-deps.ts";

const TELEGRAM_ID = 8_800_112_233;

/**
 * A person with rows in every table that can hold some: known by Telegram, by the app and on Instagram, with sessions, a role, messages both ways,
 * photos, devices, pushes, a topic in the group and open one-time tokens. Every word about them is a canary.
 */
export async function makeCanaryPerson(deps: TestDeps) {
  const user = { id: TELEGRAM_ID, first_name: "Canary", username: "canary_username", language_code: "de" };
  const telegram = await customerOf(deps, await openMiniApp(deps, user));
  const token = await mintToken(deps, "canary-app-id", { name: "Canary App" });
  const app = await customerOf(deps, token);
  const desk = createTestDesk(deps, { customers: [telegram] });
  const agent = await makeAgent(deps, { name: "Olga", role: "Admin" });
  const staff = callerOf(deps, agent);
  const [{ personId }, written] = [
    await staff.auth.people.grant({ namespace: "telegram", externalId: telegram.externalId, role: "VIP" }),
    await writeAs(deps, app, { text: "canary-text-app", photoIds: [await uploadAs(deps, app)] }),
  ];
  const customer = callerOf(deps, app);
  await callerOf(deps, telegram).auth.people.link({ proof: { token } });
  await storeOnInstagram(deps, personId);
  await customer.auth.ticket();
  await customer.auth.people.linkChallenge();
  await customer.support.history({});
  await customer.support.registerDevice({
    target: { provider: "fcm", token: "canary-device-token" },
    platform: "canary-platform",
    deviceId: "canary-device-id",
  });
  await uploadAs(deps, telegram);
  await desk.receive({ message: fromCustomer(telegram, { text: "canary-text-telegram" }) });
  const { conversationId } = written;
  await staff.support.reply({
    conversationId,
    text: "canary-answer",
    clientId: "canary-client",
    replyToId: written.id,
  });
  await staff.support.note({ conversationId, text: "canary-note", clientId: "n" });
  await staff.support.assign({ conversationId, assigneeId: agent.personId });
  deps.clock.advance(60_000);
  await desk.deliver();
  const quoted = desk.bot.messages.find((message) => message.text.includes("canary-text-app"));
  await desk.receive({
    message: inGroup({
      text: "canary-group-answer",
      message_thread_id: quoted?.threadId,
      reply_to_message: {
        message_id: quoted?.messageId,
        text: "canary-quoted",
        chat: { id: 1 },
        date: 1,
      },
    }),
  });
  await desk.deliver();
  const owners = [telegram, app].map((one) => `${one.namespace}:${one.externalId}`);
  const files = await deps.db
    .select({ key: mediaFiles.fileKey })
    .from(mediaFiles)
    .where(inArray(mediaFiles.owner, owners));
  return {
    personId,
    agent,
    telegram,
    app,
    desk,
    conversationId,
    canaries: [
      "canary",
      "Canary",
      String(TELEGRAM_ID),
      ...files.map(({ key }) => key),
      ...files.map(({ key }) => key.replace(/\.\w+$/, "")),
    ],
  };
}

const customerOf = async (deps: TestDeps, token: string) => (await actorOfToken(deps, token, "trpc")) as Customer;

async function storeOnInstagram({ db, now }: TestDeps, personId: string): Promise<void> {
  const [senderId, content] = ["canary-instagram-id", "canary-comment"];
  await db.insert(identities).values({ namespace: "instagram", externalId: senderId, personId });
  await db.insert(instagramEvents).values({
    accountId: "account",
    kind: "comments",
    key: "canary-comment-id",
    senderId,
    event: { content },
    source: { content },
    occurredAt: now(),
    receivedAt: now(),
  });
}
