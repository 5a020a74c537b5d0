import type { ServerResponse } from "node:http";
import { z } from "zod";
import { editAsUser, sendAsUser } from "../control.ts";
import { Refusal, sendBytes } from "../http.ts";
import type { Control, SandboxModule } from "../module.ts";
import { TelegramBackend } from "./backend.ts";
import { BotApiServer } from "./bot-api-server.ts";
import type { TelegramHost, TelegramState } from "./state.ts";
import { clearState, createState, LIVE_TOPIC_ID, telegramState, upgradeState } from "./state.ts";
import { UserActions } from "./user-actions.ts";
import { viewTelegram } from "./views.ts";

/** Telegram: the Bot API, and what people do in their apps. */
export const telegram = {
  name: "telegram" as const,
  version: 2,
  state: telegramState,
  initialState: createState,
  upgrade: upgradeState,
  view: viewTelegram,
  start,
} satisfies SandboxModule<TelegramState>;

function start(host: TelegramHost) {
  const backend = new TelegramBackend(host);
  const botApi = new BotApiServer(backend);
  const actions = new UserActions(backend);
  return {
    routes: [{ path: /^\/(?:file\/)?bot/, handle: botApi.handle }],
    actions,
    controls: createControls(backend, actions),
    faults: backend.faults,
    env: () => toEnv(host),
    reset: () => {
      clearState(host.state, host.now());
      backend.files.clear();
    },
    opened: () => backend.webhook.restart(),
    closed: () => backend.webhook.stop(),
  };
}

const topicRef = z.object({ threadId: z.int(), chatId: z.int().optional() });

function createControls(backend: TelegramBackend, actions: UserActions): Record<string, Control> {
  return {
    "POST messages": (request) =>
      actions.sendAsUser(request.read(sendAsUser), {
        photos: request.uploads("photo"),
        documents: request.uploads("document"),
      }),
    "POST edit": (request) => actions.edit(request.read(editAsUser)),
    "POST delete-topic": (request) => actions.deleteTopic(request.read(topicRef)),
    "POST close-topic": (request) => actions.closeTopic(request.read(topicRef.extend({ isClosed: z.boolean() }))),
    "POST delete-message": (request) => {
      const { chatId, messageId } = request.read(z.object({ chatId: z.int(), messageId: z.int() }));
      actions.deleteMessage(chatId, messageId);
    },
    "POST block": (request) => {
      const { userId, blocked } = request.read(z.object({ userId: z.int(), blocked: z.boolean() }));
      actions.block(userId, blocked);
    },
    "POST migrate-group": () => ({ chatId: actions.migrateGroup() }),
    "POST launch": (request) => ({
      fragment: actions.launchFragment(request.read(z.object({ userId: z.int() })).userId),
    }),
    "GET files/*": (request, response) => sendFile(backend, request.last, response),
  };
}

function sendFile({ host, files }: TelegramBackend, unique: string, response: ServerResponse): void {
  const file = host.state.files.find((candidate) => candidate.unique === unique);
  const bytes = files.get(unique);
  if (file === undefined || bytes === undefined) throw new Refusal(404, "No such file");
  const isImage = file.width !== null;
  if (!isImage) response.setHeader("content-disposition", "attachment");
  sendBytes(response, bytes, isImage ? file.mime : "application/octet-stream");
}

interface TelegramEnv {
  TELEGRAM_BOT_TOKEN: string;
  TELEGRAM_API_ROOT: string;
  GROUP_CHAT_ID: string;
  TELEGRAM_CHAT_ID: string;
  TELEGRAM_LIVE_TOPIC_ID?: string;
}

function toEnv({ state, origin }: TelegramHost): TelegramEnv & Record<string, string> {
  const { chatId, topics } = state.liveGroup;
  const hasLiveTopic = topics.some((topic) => topic.threadId === LIVE_TOPIC_ID);
  return {
    TELEGRAM_BOT_TOKEN: state.bot.token,
    TELEGRAM_API_ROOT: origin,
    GROUP_CHAT_ID: String(state.group.chatId),
    TELEGRAM_CHAT_ID: String(chatId),
    ...(hasLiveTopic ? { TELEGRAM_LIVE_TOPIC_ID: String(LIVE_TOPIC_ID) } : {}),
  };
}
