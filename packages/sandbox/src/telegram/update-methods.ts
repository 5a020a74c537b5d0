import type { BotMethod } from "./backend.ts";
import { badRequest } from "./bot-api-error.ts";

const getUpdates: BotMethod = ({ backend, params, signal }) => {
  backend.updates.allow(params.json("allowed_updates"));
  return backend.updates.poll({
    offset: params.integer("offset") ?? 0,
    limit: params.integer("limit") ?? 100,
    timeoutSeconds: params.integer("timeout") ?? 0,
    signal,
  });
};

/** Takes plain http too, as a local Bot API server does. */
const setWebhook: BotMethod = (call) => {
  const { backend, params } = call;
  const url = params.string("url") ?? "";
  if (url === "") return deleteWebhook(call);
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw badRequest("bad webhook: An HTTPS URL must be provided for webhook");
  }
  const secretToken = params.string("secret_token") ?? null;
  if (secretToken !== null && !/^[A-Za-z0-9_-]{1,256}$/.test(secretToken)) {
    throw badRequest("secret token contains illegal characters");
  }
  backend.updates.allow(params.json("allowed_updates"));
  if (params.boolean("drop_pending_updates")) backend.updates.dropAll();
  backend.host.state.webhook = {
    url,
    secretToken,
    maxConnections: params.integer("max_connections") ?? 40,
    lastErrorDate: null,
    lastErrorMessage: null,
  };
  backend.host.changed();
  backend.updates.endPoll("setWebhook request");
  backend.webhook.restart();
  return true;
};

const deleteWebhook: BotMethod = ({ backend, params }) => {
  if (params.boolean("drop_pending_updates")) backend.updates.dropAll();
  backend.host.state.webhook = null;
  backend.host.changed();
  backend.webhook.stop();
  return true;
};

const getWebhookInfo: BotMethod = ({ backend }) => {
  const { webhook, allowedUpdates } = backend.host.state;
  const base = { has_custom_certificate: false, pending_update_count: backend.updates.pending.length };
  const allowed = allowedUpdates === null ? {} : { allowed_updates: allowedUpdates };
  if (webhook === null) return { url: "", ...base, ...allowed };
  const { url, maxConnections, lastErrorDate, lastErrorMessage } = webhook;
  return {
    url,
    ...base,
    ...(lastErrorDate === null ? {} : { last_error_date: lastErrorDate, last_error_message: lastErrorMessage }),
    max_connections: maxConnections,
    ...allowed,
  };
};

export const updateMethods: Record<string, BotMethod> = { getUpdates, setWebhook, deleteWebhook, getWebhookInfo };
