import type { IncomingHttpHeaders } from "node:http";
import { STATUS_CODES } from "node:http";
import { z } from "zod";
import type { Answer } from "../http.ts";
import { parseJsonObject, readBody } from "../http.ts";
import type { Exchange, Host, SandboxModule } from "../module.ts";
import type { PushContent, PushDevices, WebPushDevice } from "../push/push.ts";
import { push } from "../push/push.ts";
import { decryptPush } from "./rfc8291.ts";
import { findVapidProblem } from "./vapid.ts";

const BODY_LIMIT_BYTES = 4_096;

/**
 * A push service (RFC 8030) and the browsers behind it: it decrypts the pushes that it accepts.
 * Error numbers are those of Mozilla's autopush.
 */
export const webPush = {
  name: "web-push" as const,
  version: 1,
  state: z.object({}),
  initialState: () => ({}),
  view: () => ({}),
  start,
} satisfies SandboxModule;

function start(host: Host<object>) {
  const devices = host.use(push).actions;
  return {
    routes: [
      {
        method: "POST",
        path: /^\/wpush\/v2\/([\w-]+)$/,
        handle: async ({ request, match }: Exchange) => {
          const body = await readBody(request);
          return receivePush(host, devices, { endpointId: match[1] ?? "", headers: request.headers, body });
        },
      },
    ],
    actions: {},
  };
}

interface WebPushRequest {
  endpointId: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

async function receivePush(host: Host<object>, devices: PushDevices, request: WebPushRequest): Promise<Answer> {
  const device = devices.findWebPush(request.endpointId);
  if (device === undefined) return refuse(404, 102, "Invalid URL endpoint");
  const problem = await findRequestProblem(host, device, request);
  if (problem !== null) return problem;
  // Failures of the device or the service, as opposed to the sender's, are shown as pushes.
  const answer = findDeviceProblem(devices, device) ?? { status: 201, body: undefined };
  const id = devices.record(device, { ...readContent(device, request), status: answer.status });
  if (answer.status !== 201) return answer;
  const headers = { location: `${host.origin}/wpush/m/${id}`, ttl: String(request.headers.ttl) };
  return { ...answer, headers };
}

async function findRequestProblem(
  host: Host<object>,
  device: WebPushDevice,
  { headers, body }: WebPushRequest,
): Promise<Answer | null> {
  const vapid = await findVapidProblem({
    authorization: headers.authorization,
    origin: host.origin,
    now: host.now(),
    applicationServerKey: device.applicationServerKey,
  });
  if (vapid !== null) return refuse(vapid.status, 109, vapid.message);
  if (!/^\d+$/.test(String(headers.ttl ?? ""))) return refuse(400, 111, "Missing or invalid TTL header");
  const topic = headers.topic;
  if (topic !== undefined && !/^[\w-]{1,32}$/.test(String(topic))) return refuse(400, 113, "Invalid Topic header");
  const urgency = headers.urgency;
  if (urgency !== undefined && !/^(?:very-low|low|normal|high)$/.test(String(urgency))) {
    return refuse(400, 114, "Invalid Urgency header");
  }
  if (body.length > BODY_LIMIT_BYTES) return refuse(413, 104, "Data payload too large");
  if (body.length > 0 && headers["content-encoding"] !== "aes128gcm") {
    return refuse(400, 110, "Unsupported Content-Encoding: only aes128gcm is taken");
  }
  return null;
}

function findDeviceProblem({ faults }: PushDevices, device: WebPushDevice): Answer | null {
  const { pushStatus } = faults.current();
  if (pushStatus === 429) return { ...refuse(429, 201, "Too many requests"), headers: { "retry-after": "5" } };
  if (pushStatus === 500) return refuse(500, 999, "Unknown error");
  return device.state === "gone" ? refuse(410, 106, "Invalid subscription") : null;
}

/** What the product's service worker shows; any other text becomes the body. */
const shown = z.object({
  title: z.string(),
  body: z.string(),
  data: z.record(z.string(), z.string()).default({}),
});

/** The content as a service worker would show it. A browser drops an undecryptable push; here it is visible. */
function readContent(device: WebPushDevice, { headers, body }: WebPushRequest): PushContent {
  const topic = headers.topic;
  const collapseKey = topic === undefined ? null : String(topic);
  const empty = { title: "", body: "", data: {}, collapseKey };
  if (body.length === 0) return empty;
  try {
    const plain = decryptPush(body, {
      privateKey: Buffer.from(device.privateKey, "hex"),
      publicKey: Buffer.from(device.p256dh, "base64url"),
      auth: Buffer.from(device.auth, "base64url"),
    });
    const text = plain.toString("utf8");
    return { ...(shown.safeParse(parseJsonObject(text)).data ?? { ...empty, body: text }), collapseKey };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ...empty, title: "Undecryptable push", body: reason };
  }
}

function refuse(code: number, errno: number, message: string): Answer {
  return { status: code, body: { code, errno, error: STATUS_CODES[code], message } };
}
