import type { ServerResponse } from "node:http";
import { z } from "zod";
import { Refusal, sendBytes } from "../http.ts";
import type { Control, SandboxModule } from "../module.ts";
import { MtprotoBackend } from "./backend.ts";
import {
  burst,
  createAccountInput,
  createPersonInput,
  inChat,
  onConnections,
  plannedFault,
  restriction,
  sessionEnd,
  typing,
  write,
} from "./control.ts";
import { MtprotoActions } from "./people-actions.ts";
import { clearState, createState } from "./seed.ts";
import { type MtprotoHost, type MtprotoState, mtprotoState } from "./state.ts";
import { viewMtproto } from "./view.ts";

/** Telegram's data centre: MTProto for clients of people's accounts, and what people do in their apps. */
export const mtproto = {
  name: "mtproto" as const,
  version: 1,
  state: mtprotoState,
  initialState: createState,
  view: viewMtproto,
  start,
} satisfies SandboxModule<MtprotoState>;

function start(host: MtprotoHost) {
  const backend = new MtprotoBackend(host);
  const actions = new MtprotoActions(backend);
  return {
    tcp: (socket: Parameters<MtprotoBackend["accept"]>[0]) => backend.accept(socket),
    actions,
    controls: createControls(backend, actions),
    faults: backend.faults,
    env: () => toEnv(backend),
    reset: () => {
      clearState(backend.world);
      backend.files.clear();
      backend.centre?.reset();
    },
    opened: () => backend.scheduler.start(),
    closed: () => backend.close(),
  };
}

/** `TELEGRAM_DC_KEY` is SPKI in PEM, made when it is first asked for. The API id and hash may be any here. */
function toEnv(backend: MtprotoBackend) {
  return {
    TELEGRAM_DC: backend.host.tcpAddress,
    get TELEGRAM_DC_KEY(): string {
      return backend.publicKey;
    },
    TELEGRAM_API_ID: "1",
    TELEGRAM_API_HASH: "0".repeat(32),
  };
}

const ofAccount = z.object({ accountId: z.number() });
const ofMessage = z.object({ uid: z.number() });

function createControls(backend: MtprotoBackend, actions: MtprotoActions): Record<string, Control> {
  return {
    "GET data-centre": () => actions.describe(),
    "GET chats/*": (request) => actions.viewChat(request.last),
    "POST messages": (request) =>
      actions.write(request.read(write), {
        photos: request.uploads("photo"),
        voices: request.uploads("voice"),
        videos: request.uploads("video"),
        documents: request.uploads("document"),
      }),
    "POST burst": (request) => actions.burst(request.read(burst)),
    "POST edit": (request) => actions.edit(request.read(ofMessage.extend({ text: z.string().min(1) }))),
    "POST delete": (request) => actions.delete(request.read(z.object({ uids: z.array(z.number()) })).uids),
    "POST react": (request) =>
      actions.react(request.read(ofMessage.extend({ from: z.number(), emoji: z.string().nullable() }))),
    "POST read": (request) => actions.read(request.read(inChat)),
    "POST typing": (request) => actions.typing(request.read(typing)),
    "POST online": (request) => actions.setOnline(request.read(z.object({ from: z.number(), isOnline: z.boolean() }))),
    "POST scan": (request) => actions.scan(request.read(ofAccount.extend({ token: z.string() }))),
    "POST send-scheduled": (request) => actions.sendScheduled(request.read(ofAccount).accountId),
    "POST expire-code": (request) => actions.expireCode(request.read(ofAccount).accountId),
    "POST people": (request) => actions.createPerson(request.read(createPersonInput)),
    "POST rename": (request) =>
      actions.rename(request.read(z.object({ from: z.number(), chat: z.string(), title: z.string().min(1) }))),
    "POST accounts": (request) => actions.createAccount(request.read(createAccountInput)),
    "POST restriction": (request) => {
      const { accountId, restriction: value } = request.read(ofAccount.extend({ restriction }));
      actions.restrict(accountId, value);
    },
    "POST revoke": (request) => {
      const { accountId, answer } = request.read(ofAccount.extend({ answer: sessionEnd.optional() }));
      actions.revoke(accountId, answer);
    },
    "POST plan": (request) => actions.plan(request.read(plannedFault)),
    "POST connections": (request) => actions.connections(request.read(z.object({ what: onConnections })).what),
    "POST forget-updates": (request) =>
      actions.forgetUpdates(request.read(z.object({ accountId: z.number().optional(), chat: z.string().optional() }))),
    "POST expire-files": () => actions.expireFiles(),
    "GET files/*": (request, response) => sendFile(backend, request.last, response),
  };
}

function sendFile({ files }: MtprotoBackend, unique: string, response: ServerResponse): void {
  const file = files.find(unique);
  const bytes = files.read(unique);
  if (file === undefined || bytes === undefined) throw new Refusal(404, "No such file");
  const isShown = /^(image\/(png|jpeg|webp|gif)|audio\/|video\/)/.test(file.mime);
  if (!isShown) response.setHeader("content-disposition", "attachment");
  sendBytes(response, bytes, isShown ? file.mime : "application/octet-stream");
}
