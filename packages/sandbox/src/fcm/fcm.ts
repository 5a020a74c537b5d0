import { createPublicKey } from "node:crypto";
import type { Answer } from "../http.ts";
import { isRecord, parseJsonObject, readBody } from "../http.ts";
import type { Exchange, SandboxModule } from "../module.ts";
import type { FcmDevice, PushDevices } from "../push/push.ts";
import { push } from "../push/push.ts";
import type { FcmMessage } from "./fcm-message.ts";
import { findMessageFault } from "./fcm-message.ts";
import type { FcmHost, FcmState } from "./google-oauth.ts";
import { createKeys, createServiceAccount, grantToken, isAuthorized, PROJECT_ID } from "./google-oauth.ts";

const FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError";
const BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest";
const PAYLOAD_LIMIT_BYTES = 4_096;

/** Firebase Cloud Messaging, and the Google endpoint that issues its access tokens. */
export const fcm = {
  name: "fcm" as const,
  version: 1,
  shape: { serviceAccountKey: "string", tokenSecret: "string", accessTokenEpoch: "number" } as const,
  initialState: createKeys,
  upgrade: ({ keys, accessTokenEpoch }: Record<string, unknown>) => ({
    serviceAccountKey: isRecord(keys) ? keys.serviceAccount : undefined,
    tokenSecret: isRecord(keys) ? keys.hmac : undefined,
    accessTokenEpoch,
  }),
  view: () => ({}),
  start,
} satisfies SandboxModule<FcmState>;

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
  if (!isAuthorized(host, request.headers.authorization)) return UNAUTHENTICATED;
  if (project !== PROJECT_ID) return denied(project);
  const parsed = parseJsonObject(body.toString("utf8"));
  if (parsed === undefined) return invalidShape("", "Invalid JSON payload received. Unexpected token.");
  const fault = findMessageFault(parsed);
  if (fault !== null) return invalidShape(fault.field, fault.description);
  const message: FcmMessage = isRecord(parsed.message) ? parsed.message : {};
  return deliver(devices, message, parsed.validate_only === true);
}

function deliver(devices: PushDevices, message: FcmMessage, validateOnly: boolean): Answer {
  if (message.topic !== undefined || message.condition !== undefined) return accepted();
  if (message.token === undefined || message.token === "") return invalid("Recipient of the message is not set.");
  if (!/^[\w-]{8,}:[\w-]{100,}$/.test(message.token)) {
    return invalid("The registration token is not a valid FCM registration token");
  }
  if (payloadBytes(message) > PAYLOAD_LIMIT_BYTES) {
    return invalid("Android message is too big", {
      field: "message.android",
      description: "Android message is too big",
    });
  }
  const device = devices.findFcm(message.token);
  const answer = statusAnswer(devices, device);
  if (device === undefined || validateOnly) return answer;
  const id = devices.record(device, { ...toContent(message), status: answer.status });
  return answer.status === 200 ? accepted(id) : answer;
}

function statusAnswer({ faults }: PushDevices, device: FcmDevice | undefined): Answer {
  const { pushStatus } = faults.current();
  if (pushStatus === 429) return QUOTA_EXCEEDED;
  if (pushStatus === 500) return INTERNAL;
  return device === undefined || device.state === "gone" ? UNREGISTERED : accepted();
}

function toContent(message: FcmMessage) {
  const { notification, data, android, apns, webpush } = message;
  return {
    title: notification?.title ?? android?.notification?.title ?? webpush?.notification?.title ?? data?.title ?? "",
    body: notification?.body ?? android?.notification?.body ?? webpush?.notification?.body ?? data?.body ?? "",
    data: { ...data },
    collapseKey: android?.collapse_key ?? apns?.headers?.["apns-collapse-id"] ?? webpush?.headers?.Topic ?? null,
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

interface Failure {
  code: number;
  status: string;
  message: string;
  details: Record<string, unknown>[];
}

function failure(error: Failure, headers?: Record<string, string>): Answer {
  return { status: error.code, body: { error }, ...(headers === undefined ? {} : { headers }) };
}

function fcmError(errorCode: string): Record<string, unknown> {
  return { "@type": FCM_ERROR, errorCode };
}

interface FieldViolation {
  field: string;
  description: string;
}

function invalid(message: string, violation?: FieldViolation): Answer {
  const details = violation === undefined ? [] : [{ "@type": BAD_REQUEST, fieldViolations: [violation] }];
  const error = { code: 400, message, status: "INVALID_ARGUMENT", details: [fcmError("INVALID_ARGUMENT"), ...details] };
  return failure(error);
}

function invalidShape(field: string, description: string): Answer {
  const violation = field === "" ? { description } : { field, description };
  const details = [{ "@type": BAD_REQUEST, fieldViolations: [violation] }];
  return failure({ code: 400, message: description, status: "INVALID_ARGUMENT", details });
}

function denied(project: string): Answer {
  const resource = `//cloudresourcemanager.googleapis.com/projects/${project}`;
  const message = `Permission 'cloudmessaging.messages.create' denied on resource '${resource}' (or it may not exist).`;
  return failure({ code: 403, message, status: "PERMISSION_DENIED", details: [] });
}

const UNREGISTERED = failure({
  code: 404,
  message: "Requested entity was not found.",
  status: "NOT_FOUND",
  details: [fcmError("UNREGISTERED")],
});

const UNAUTHENTICATED = failure({
  code: 401,
  message:
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
  status: "UNAUTHENTICATED",
  details: [
    {
      "@type": "type.googleapis.com/google.rpc.ErrorInfo",
      reason: "ACCESS_TOKEN_TYPE_UNSUPPORTED",
      metadata: { service: "fcm.googleapis.com", method: "google.firebase.fcm.v1.FcmService.SendMessage" },
    },
  ],
});

const QUOTA_EXCEEDED = failure(
  {
    code: 429,
    message: "Resource has been exhausted (e.g. check quota).",
    status: "RESOURCE_EXHAUSTED",
    details: [fcmError("QUOTA_EXCEEDED")],
  },
  { "retry-after": "5" },
);

const INTERNAL = failure({
  code: 500,
  message: "Internal error encountered.",
  status: "INTERNAL",
  details: [fcmError("INTERNAL")],
});
