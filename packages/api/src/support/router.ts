import { z } from "zod";
import { requireStaff } from "../auth/permissions.ts";
import { listAgents } from "../auth/team.ts";
import { streamLatest, streamLog } from "../realtime/stream.ts";
import { procedure, router } from "../trpc.ts";
import { assign, getConversation, markConversationRead, note, reply, setStatus } from "./agent-service.ts";
import { customerOf } from "./customer.ts";
import { history, markRead, registerDevice, send } from "./customer-service.ts";
import { inbox } from "./inbox.ts";
import { followAsCustomer, followConversation, followInbox } from "./live.ts";
import { followPresence, setPresence } from "./presence.ts";
import { retryDelivery, testPush } from "./retry.ts";
import {
  assignInput,
  conversationInput,
  followInput,
  historyInput,
  inboxInput,
  markReadInput,
  noteInput,
  registerDeviceInput,
  replyInput,
  retryInput,
  sendInput,
  setPresenceInput,
  setStatusInput,
  setTypingInput,
} from "./schema.ts";
import { followTyping, setTyping } from "./typing.ts";

const conversationId = z.number().int().positive();

export const supportRouter = router({
  send: procedure.input(sendInput).mutation(({ ctx, input }) => send(ctx, input)),
  history: procedure.input(historyInput.prefault({})).query(({ ctx, input }) => history(ctx, input)),
  markRead: procedure.input(markReadInput).mutation(async ({ ctx, input }) => {
    await markRead(ctx, customerOf(ctx, input, "write"), input.messageId);
    return {};
  }),
  registerDevice: procedure
    .input(registerDeviceInput)
    .mutation(({ ctx, input }) => registerDevice(ctx, customerOf(ctx, input, "write"), input)),
  vapidPublicKey: procedure.query(({ ctx }) => ({ key: ctx.push.vapidPublicKey })),
  onMessage: procedure
    .input(followInput.extend({ userId: z.string().max(128).optional() }).prefault({}))
    .subscription(({ ctx, input, signal }) =>
      streamLog(ctx, followAsCustomer(ctx, customerOf(ctx, input, "read")), { ...input, signal }),
    ),
  onTyping: procedure
    .input(z.object({ conversationId: conversationId.optional() }).prefault({}))
    .subscription(async function* ({ ctx, input, signal }) {
      yield* streamLatest(ctx, await followTyping(ctx, input), { signal });
    }),
  setTyping: procedure.input(setTypingInput).mutation(async ({ ctx, input }) => {
    await setTyping(ctx, input);
    return {};
  }),

  inbox: procedure.input(inboxInput.prefault({})).query(({ ctx, input }) => inbox(ctx, input)),
  conversation: procedure.input(conversationInput).query(({ ctx, input }) => getConversation(ctx, input)),
  agents: procedure.query(async ({ ctx }) => {
    requireStaff(ctx.actor, "support:read");
    return { agents: await listAgents(ctx) };
  }),
  reply: procedure.input(replyInput).mutation(({ ctx, input }) => reply(ctx, input)),
  note: procedure.input(noteInput).mutation(({ ctx, input }) => note(ctx, input)),
  assign: procedure.input(assignInput).mutation(({ ctx, input }) => assign(ctx, input)),
  setStatus: procedure.input(setStatusInput).mutation(({ ctx, input }) => setStatus(ctx, input)),
  markConversationRead: procedure
    .input(z.object({ conversationId, messageId: z.number().int().positive() }))
    .mutation(async ({ ctx, input }) => {
      await markConversationRead(ctx, input);
      return {};
    }),
  retryDelivery: procedure.input(retryInput).mutation(({ ctx, input }) => retryDelivery(ctx, input)),
  testPush: procedure
    .input(z.object({ conversationId, deviceId: z.uuid() }))
    .mutation(({ ctx, input }) => testPush(ctx, input)),
  setPresence: procedure.input(setPresenceInput).mutation(async ({ ctx, input }) => {
    await setPresence(ctx, input);
    return {};
  }),
  onInbox: procedure
    .input(followInput.prefault({}))
    .subscription(({ ctx, input, signal }) => streamLog(ctx, followInbox(ctx), { ...input, signal })),
  onConversation: procedure.input(followInput.extend({ conversationId })).subscription(async function* ({
    ctx,
    input,
    signal,
  }) {
    yield* streamLog(ctx, await followConversation(ctx, input), { ...input, signal });
  }),
  onPresence: procedure.input(z.object({ conversationId })).subscription(async function* ({ ctx, input, signal }) {
    yield* streamLatest(ctx, await followPresence(ctx, input), { signal });
  }),
});
