import { z } from "zod";
import { listAgents } from "../auth/team/team.ts";
import { streamLatest, streamLog } from "../realtime/stream.ts";
import { customerOrStaffProcedure, customerProcedure, publicProcedure, router, staffProcedure } from "../trpc.ts";
import {
  assign,
  getConversation,
  markConversationRead,
  note,
  reply,
  retryDelivery,
  setStatus,
  testPush,
} from "./agent-service.ts";
import { channelHealth } from "./channel-health.ts";
import { customerOf } from "./customer.ts";
import { history, markRead, registerDevice, send } from "./customer-service.ts";
import { editAsStaff, unsendAsStaff } from "./edit-service.ts";
import { fetchAttachmentAgain } from "./fetch-later.ts";
import { inbox } from "./inbox.ts";
import { followAsCustomer, followConversation, followInbox } from "./live.ts";
import { followPresence, followTyping, setPresence, setTyping } from "./presence.ts";
import {
  assignInput,
  conversationInput,
  editMessageInput,
  fetchAttachmentInput,
  followInput,
  historyInput,
  inboxInput,
  markReadInput,
  messageInput,
  noteInput,
  registerDeviceInput,
  replyInput,
  retryInput,
  sendInput,
  setPresenceInput,
  setStatusInput,
  setTypingInput,
  waitingTime,
} from "./schema.ts";
import { getWaitingTime, setWaitingTime } from "./waiting.ts";

const conversationId = z.number().int().positive();

export const supportRouter = router({
  send: customerProcedure("support:write")
    .input(sendInput)
    .mutation(({ ctx, input }) => send(ctx, input)),
  history: customerProcedure("support:read")
    .input(historyInput.prefault({}))
    .query(({ ctx, input }) => history(ctx, input)),
  markRead: customerProcedure("support:write")
    .input(markReadInput)
    .mutation(async ({ ctx, input }) => {
      await markRead(ctx, customerOf(ctx, input, "write"), input.messageId);
      return {};
    }),
  registerDevice: customerProcedure("support:write")
    .input(registerDeviceInput)
    .mutation(({ ctx, input }) => registerDevice(ctx, customerOf(ctx, input, "write"), input)),
  vapidPublicKey: publicProcedure.query(({ ctx }) => ({ key: ctx.push.vapidPublicKey })),
  onMessage: customerProcedure("support:read")
    .input(followInput.extend({ userId: z.string().max(128).optional() }).prefault({}))
    .subscription(({ ctx, input, signal }) =>
      streamLog(ctx, followAsCustomer(ctx, customerOf(ctx, input, "read")), { ...input, signal }),
    ),
  onTyping: customerOrStaffProcedure("support:read")
    .input(z.object({ conversationId: conversationId.optional() }).prefault({}))
    .subscription(async function* ({ ctx, input, signal }) {
      yield* streamLatest(ctx, await followTyping(ctx, input), { signal });
    }),
  setTyping: customerOrStaffProcedure("support:write")
    .input(setTypingInput)
    .mutation(async ({ ctx, input }) => {
      await setTyping(ctx, input);
      return {};
    }),

  inbox: staffProcedure("support:read")
    .input(inboxInput.prefault({}))
    .query(({ ctx, input }) => inbox(ctx, input)),
  conversation: staffProcedure("support:read")
    .input(conversationInput)
    .query(({ ctx, input }) => getConversation(ctx, input)),
  agents: staffProcedure("support:read").query(async ({ ctx }) => ({ agents: await listAgents(ctx) })),
  reply: staffProcedure("support:write")
    .input(replyInput)
    .mutation(({ ctx, input }) => reply(ctx, input)),
  note: staffProcedure("support:write")
    .input(noteInput)
    .mutation(({ ctx, input }) => note(ctx, input)),
  assign: staffProcedure("support:write")
    .input(assignInput)
    .mutation(({ ctx, input }) => assign(ctx, input)),
  setStatus: staffProcedure("support:write")
    .input(setStatusInput)
    .mutation(({ ctx, input }) => setStatus(ctx, input)),
  markConversationRead: staffProcedure("support:write")
    .input(z.object({ conversationId, messageId: z.number().int().positive() }))
    .mutation(async ({ ctx, input }) => {
      await markConversationRead(ctx, input);
      return {};
    }),
  retryDelivery: staffProcedure("support:write")
    .input(retryInput)
    .mutation(({ ctx, input }) => retryDelivery(ctx, input)),
  editMessage: staffProcedure("support:write")
    .input(editMessageInput)
    .mutation(({ ctx, input }) => editAsStaff(ctx, input)),
  unsendMessage: staffProcedure("support:write")
    .input(messageInput)
    .mutation(({ ctx, input }) => unsendAsStaff(ctx, input)),
  fetchAttachment: staffProcedure("support:write")
    .input(fetchAttachmentInput)
    .mutation(({ ctx, input }) => fetchAttachmentAgain(ctx, input)),
  channelHealth: staffProcedure("support:read").query(({ ctx }) => channelHealth(ctx)),
  testPush: staffProcedure("support:write")
    .input(z.object({ conversationId, deviceId: z.uuid() }))
    .mutation(({ ctx, input }) => testPush(ctx, input)),
  waitingTime: staffProcedure("support:read").query(({ ctx }) => getWaitingTime(ctx)),
  setWaitingTime: staffProcedure("support:write")
    .input(waitingTime)
    .mutation(({ ctx, input }) => setWaitingTime(ctx, input)),
  setPresence: staffProcedure("support:write")
    .input(setPresenceInput)
    .mutation(async ({ ctx, input }) => {
      await setPresence(ctx, input);
      return {};
    }),
  onInbox: staffProcedure("support:read")
    .input(followInput.prefault({}))
    .subscription(({ ctx, input, signal }) => streamLog(ctx, followInbox(ctx), { ...input, signal })),
  onConversation: staffProcedure("support:read")
    .input(followInput.extend({ conversationId }))
    .subscription(async function* ({ ctx, input, signal }) {
      yield* streamLog(ctx, await followConversation(ctx, input), { ...input, signal });
    }),
  onPresence: staffProcedure("support:read")
    .input(z.object({ conversationId }))
    .subscription(async function* ({ ctx, input, signal }) {
      yield* streamLatest(ctx, await followPresence(ctx, input), { signal });
    }),
});
