import { z } from "zod";
import type { Control, SandboxModule } from "../module.ts";
import { InstagramBackend } from "./backend.ts";
import { burst, writeComment, writeMessage } from "./control.ts";
import { createGraphRoutes, sendPicture } from "./graph-api.ts";
import { InstagramPeople } from "./people.ts";
import type { InstagramHost, InstagramState } from "./state.ts";
import { clearState, createState, instagramState } from "./state.ts";
import { viewInstagram } from "./view.ts";

/** Instagram: the API with Instagram Login, its webhooks, and what people do in their apps. */
export const instagram = {
  name: "instagram" as const,
  version: 1,
  state: instagramState,
  initialState: createState,
  view: viewInstagram,
  start,
} satisfies SandboxModule<InstagramState>;

function start(host: InstagramHost) {
  const backend = new InstagramBackend(host);
  const people = new InstagramPeople(backend);
  return {
    routes: createGraphRoutes(backend),
    actions: people,
    controls: createControls(backend, people),
    faults: backend.webhooks.faults,
    env: () => toEnv(host),
    reset: () => {
      clearState(host.state);
      backend.webhooks.clear();
      backend.files.clear();
    },
    opened: () => backend.webhooks.open(),
    closed: () => backend.webhooks.close(),
  };
}

function toEnv({ state, origin }: InstagramHost) {
  return {
    INSTAGRAM_APP_SECRET: state.app.secret,
    INSTAGRAM_WEBHOOK_VERIFY_TOKEN: state.app.verifyToken,
    INSTAGRAM_ACCESS_TOKEN: state.tokens.at(-1)?.token ?? "",
    INSTAGRAM_API_ROOT: origin,
  };
}

const ofPerson = z.object({ personId: z.string() });
const ofMessage = ofPerson.extend({ mid: z.string() });
const withText = ofPerson.extend({ text: z.string() });

function createControls(backend: InstagramBackend, people: InstagramPeople): Record<string, Control> {
  return {
    "POST messages": (request) => people.write(request.read(writeMessage), request.uploads("photo")[0]),
    "POST story-mention": (request) => people.mentionInStory(request.read(ofPerson).personId),
    "POST share": (request) => people.share(request.read(ofPerson.extend({ mediaId: z.string() }))),
    "POST account-message": (request) => people.writeAsAccount(request.read(withText)),
    "POST react": (request) => people.react(request.read(ofMessage.extend({ emoji: z.string().nullable() }))),
    "POST read": (request) => people.read(request.read(ofPerson).personId),
    "POST unsend": (request) => people.unsend(request.read(ofMessage)),
    "POST comments": (request) => people.comment(request.read(writeComment)),
    "POST mention": (request) => people.mention(request.read(withText)),
    "POST burst": (request) => people.commentBurst(request.read(burst)),
    "POST live": (request) => people.setLive(request.read(z.object({ isLive: z.boolean() })).isLive),
    "POST callback": (request) => people.connect(request.read(z.object({ url: z.url() })).url),
    "POST retry": (request) => people.retryWebhook(request.read(z.object({ webhookId: z.string() })).webhookId),
    "GET files/*": (request, response) => sendPicture(backend, request.last, response),
  };
}
