import { createPublicKey } from "node:crypto";
import { z } from "zod";
import type { Answer } from "../http.ts";
import { describe, isRecord, parseJsonObject, readBody } from "../http.ts";
import type { Exchange, SandboxModule } from "../module.ts";
import type { FcmDevice, PushDevices } from "../push/push.ts";
import { push } from "../push/push.ts";
import type { FcmHost } from "./google-oauth.ts";
import { createKeys, createServiceAccount, fcmState, grantToken, isAuthorized, PROJECT_ID } from "./google-oauth.ts";

const PAYLOAD_LIMIT_BYTES = 4_096;
/** Keys of `data` that FCM keeps to itself. */
const RESERVED_DATA = /^(?:from|message_type|collapse_key|google\..*|gcm\..*)$/;
const MAX_TTL_SECONDS = 2_419_200;

const strings = z.record(z.string(), z.string());
const fields = z.record(z.string(), z.unknown());

const android = z.strictObject({
  collapse_key: z.string(),
  priority: z.enum(["normal", "high", "NORMAL", "HIGH"]),
  ttl: z
    .string()
    .regex(/^\d+(?:\.\d{1,9})?s$/)
    .refine((ttl) => Number.parseFloat(ttl) <= MAX_TTL_SECONDS),
  restricted_package_name: z.string(),
  data: strings,
  notification: fields,
  fcm_options: fields,
  direct_boot_ok: z.boolean(),
});

const message = z.strictObject({
  token: z.string(),
  data: strings.refine((data) => !Object.keys(data).some((key) => RESERVED_DATA.test(key)), "Invalid data payload key"),
  notification: z.strictObject({ title: z.string(), body: z.string(), image: z.string() }).partial(),
  fcm_options: fields,
  android: android.partial(),
  apns: z
    .strictObject({ headers: strings, payload: fields, fcm_options: fields, live_activity_token: z.string() })
    .partial(),
});

/** A request of `messages:send` to one device. Topics and pushes to browsers are not simulated. */
const sendRequest = z.strictObject({ message: message.partial() });
type FcmMessage = z.infer<typeof sendRequest>["message"];

/** Firebase Cloud Messaging, and the Google endpoint that issues its access tokens. */
export const fcm = {
  name: "fcm" as const,
  version: 1,
  state: fcmState,
  initialState: createKeys,
  upgrade: ({ keys, accessTokenEpoch }: Record<string, unknown>) => ({
    serviceAccountKey: isRecord(keys) ? keys.serviceAccount : undefined,
    tokenSecret: isRecord(keys) ? keys.hmac : undefined,
    accessTokenEpoch,
  }),
  view: () => ({}),
  start,
} satisfies SandboxModule<FcmHost["state"]>;

function start(host: FcmHost) {
  const devices = host.use(push).actions;
  // An unreadable key must show at the start.
  createPublicKey(host.state.serviceAccountKey);
  return {
    routes: [
      {
        method: "POST",
        path: /^\/oauth2\/token$/,
        handle: async ({ request }: Exchange) => grantToken(host, new URLSearchParams(String(await readBody(request)))),
      },
      {
        method: "POST",
        path: /^\/v1\/projects\/([^/]+)\/messages:send$/,
        handle: (exchange: Exchange) => sendFcm(host, devices, exchange),
      },
    ],
    actions: {
      /** A Google service-account file whose `token_uri` is the sandbox. */
      get serviceAccount() {
        return createServiceAccount(host);
      },
      /** Every access token issued so far is answered 401 from now on. */
      expireAccessTokens: () => {
        host.state.accessTokenEpoch += 1;
        host.changed();
      },
    },
    env: () => ({ FCM_API_ROOT: host.origin }),
  };
}

/** @see https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages/send */
async function sendFcm(host: FcmHost, devices: PushDevices, { request, match }: Exchange): Promise<Answer> {
  const body = await readBody(request);
  const [, project = ""] = match;
  if (!(await isAuthorized(host, request.headers.authorization))) return UNAUTHENTICATED;
  if (project !== PROJECT_ID) return denied(project);
  const { data, error } = sendRequest.safeParse(parseJsonObject(body.toString("utf8")));
  return error === undefined ? deliver(devices, data.message) : invalidShape(error);
}

function deliver(devices: PushDevices, message: FcmMessage): Answer {
  const { token = "" } = message;
  if (token === "") return invalid("Recipient of the message is not set.");
  if (!/^[\w-]{8,}:[\w-]{100,}$/.test(token)) {
    return invalid("The registration token is not a valid FCM registration token");
  }
  if (payloadBytes(message) > PAYLOAD_LIMIT_BYTES) return invalid("Android message is too big");
  const device = devices.findFcm(token);
  const answer = statusAnswer(devices, device);
  if (device === undefined) return answer;
  const id = devices.record(device, { ...toContent(message), status: answer.status });
  return answer.status === 200 ? accepted(id) : answer;
}

function statusAnswer({ faults }: PushDevices, device: FcmDevice | undefined): Answer {
  const { pushStatus } = faults.current();
  if (pushStatus === 429) return fcmFailure("QUOTA_EXCEEDED");
  if (pushStatus === 500) return fcmFailure("INTERNAL");
  return device === undefined || device.state === "gone" ? fcmFailure("UNREGISTERED") : accepted();
}

function toContent({ notification, data, android, apns }: FcmMessage) {
  return {
    title: notification?.title ?? "",
    body: notification?.body ?? "",
    data: { ...data },
    collapseKey: android?.collapse_key ?? apns?.headers?.["apns-collapse-id"] ?? null,
  };
}

/** The limit is on the parts that reach the app: notification and data. */
function payloadBytes({ notification, data, android }: FcmMessage): number {
  const parts = [notification, data, android?.notification, android?.data];
  return parts.reduce((sum, part) => sum + (part === undefined ? 0 : Buffer.byteLength(JSON.stringify(part))), 0);
}

function accepted(id = "0"): Answer {
  return { status: 200, body: { name: `projects/${PROJECT_ID}/messages/${id}` } };
}

function failure(code: number, status: string, rest: { message: string; details?: object[] }): Answer {
  return { status: code, body: { error: { code, status, details: [], ...rest } } };
}

function fcmDetail(errorCode: string) {
  return { "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", errorCode };
}

function fcmFailure(errorCode: "UNREGISTERED" | "QUOTA_EXCEEDED" | "INTERNAL"): Answer {
  const details = [fcmDetail(errorCode)];
  switch (errorCode) {
    case "UNREGISTERED":
      return failure(404, "NOT_FOUND", { message: "Requested entity was not found.", details });
    case "QUOTA_EXCEEDED": {
      const message = "Resource has been exhausted (e.g. check quota).";
      return { ...failure(429, "RESOURCE_EXHAUSTED", { message, details }), headers: { "retry-after": "5" } };
    }
    case "INTERNAL":
      return failure(500, "INTERNAL", { message: "Internal error encountered.", details });
  }
}

function invalid(message: string): Answer {
  return failure(400, "INVALID_ARGUMENT", { message, details: [fcmDetail("INVALID_ARGUMENT")] });
}

function invalidShape(error: z.ZodError): Answer {
  const fieldViolations = error.issues.map(({ path, message }) => ({ field: path.join("."), description: message }));
  const details = [{ "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations }];
  return failure(400, "INVALID_ARGUMENT", { message: describe(error), details });
}

function denied(project: string): Answer {
  const resource = `//cloudresourcemanager.googleapis.com/projects/${project}`;
  const message = `Permission 'cloudmessaging.messages.create' denied on resource '${resource}' (or it may not exist).`;
  return failure(403, "PERMISSION_DENIED", { message });
}

const UNAUTHENTICATED = failure(401, "UNAUTHENTICATED", {
  message:
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
});
