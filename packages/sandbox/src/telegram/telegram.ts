import type { ServerResponse } from "node:http";
import { Refusal, sendBytes } from "../http.ts";
import type { Control, SandboxModule } from "../module.ts";
import { TelegramBackend } from "./backend.ts";
import { BotApiServer } from "./bot-api-server.ts";
import type { TelegramHost, TelegramState } from "./state.ts";
import { clearState, createState, DEMO_TOPIC_ID, SHAPE, upgradeState } from "./state.ts";
import { UserActions } from "./user-actions.ts";
import { viewTelegram } from "./views.ts";

/** Telegram: the Bot API, and what people do in their apps. */
export const telegram = {
  name: "telegram" as const,
  version: 1,
  shape: SHAPE,
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
      clearState(host.state);
      backend.files.clear();
    },
    opened: () => backend.webhook.restart(),
    closed: () => backend.webhook.stop(),
  };
}

function createControls(backend: TelegramBackend, actions: UserActions): Record<string, Control> {
  return {
    "POST messages": (request) => {
      const input = {
        userId: request.integer("userId"),
        chatId: request.integer("chatId"),
        text: request.string("text", ""),
        threadId: request.optionalInteger("threadId"),
        replyToMessageId: request.optionalInteger("replyToMessageId"),
      };
      return actions.sendAsUser(input, { photos: request.uploads("photo"), documents: request.uploads("document") });
    },
    "POST edit": (request) =>
      actions.edit({
        userId: request.integer("userId"),
        chatId: request.integer("chatId"),
        messageId: request.integer("messageId"),
        text: request.string("text"),
      }),
    "POST delete-topic": (request) => actions.deleteTopic(request.integer("threadId")),
    "POST delete-message": (request) => actions.deleteMessage(request.integer("chatId"), request.integer("messageId")),
    "POST block": (request) => actions.block(request.integer("userId"), request.boolean("blocked")),
    "POST migrate-group": () => ({ chatId: actions.migrateGroup() }),
    "POST launch": (request) => ({ fragment: actions.launchFragment(request.integer("userId")) }),
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
  const hasDemoTopic = state.group.topics.some((topic) => topic.threadId === DEMO_TOPIC_ID);
  return {
    TELEGRAM_BOT_TOKEN: state.bot.token,
    TELEGRAM_API_ROOT: origin,
    GROUP_CHAT_ID: String(state.group.chatId),
    TELEGRAM_CHAT_ID: String(state.group.chatId),
    ...(hasDemoTopic ? { TELEGRAM_LIVE_TOPIC_ID: String(DEMO_TOPIC_ID) } : {}),
  };
}
