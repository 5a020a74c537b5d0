import { isRecord } from "../http.ts";

type Strings = Record<string, string>;

interface Notification {
  title?: string;
  body?: string;
}

/** The members of an FCM message that the sandbox reads. */
export interface FcmMessage {
  token?: string;
  topic?: string;
  condition?: string;
  notification?: Notification;
  data?: Strings;
  android?: { collapse_key?: string; notification?: Notification; data?: Strings };
  apns?: { headers?: Strings };
  webpush?: { headers?: Strings; notification?: Notification };
}

/** An error in a request's shape, as `google.rpc.BadRequest` reports it. */
export interface MessageFault {
  field: string;
  description: string;
}

type Kind = "string" | "boolean" | "strings" | "object" | "duration" | "priority" | Shape;
interface Shape {
  [member: string]: Kind;
}

const NOTIFICATION: Shape = { title: "string", body: "string", image: "string" };
const MESSAGE: Shape = {
  name: "string",
  token: "string",
  topic: "string",
  condition: "string",
  data: "strings",
  notification: NOTIFICATION,
  fcm_options: { analytics_label: "string" },
  android: {
    collapse_key: "string",
    priority: "priority",
    ttl: "duration",
    restricted_package_name: "string",
    data: "strings",
    notification: "object",
    fcm_options: "object",
    direct_boot_ok: "boolean",
  },
  apns: { headers: "strings", payload: "object", fcm_options: "object", live_activity_token: "string" },
  webpush: { headers: "strings", data: "strings", notification: "object", fcm_options: "object" },
};
const REQUEST: Shape = { validate_only: "boolean", message: MESSAGE };

/** Keys of `data` that FCM keeps to itself. */
const RESERVED_DATA = /^(?:from|message_type|collapse_key|google\..*|gcm\..*)$/;

/** Checks a request of `messages:send` as the JSON transcoder and FCM do; null when it is well formed. */
export function findMessageFault(request: Record<string, unknown>): MessageFault | null {
  if (request.message === undefined) {
    return { field: "message", description: "Invalid value at 'message': message is required" };
  }
  const fault = findShapeFault(request, REQUEST, "");
  if (fault !== null) return fault;
  const message = isRecord(request.message) ? request.message : {};
  const data = isRecord(message.data) ? message.data : {};
  const reserved = Object.keys(data).find((key) => RESERVED_DATA.test(key));
  if (reserved === undefined) return null;
  return { field: "message.data", description: `Invalid data payload key: ${reserved}` };
}

function findShapeFault(value: Record<string, unknown>, shape: Shape, path: string): MessageFault | null {
  for (const [member, content] of Object.entries(value)) {
    const kind = shape[toSnakeCase(member)];
    if (kind === undefined) {
      const where = path === "" ? "" : ` at '${path}'`;
      const description = `Invalid JSON payload received. Unknown name "${member}"${where}: Cannot find field.`;
      return { field: path, description };
    }
    const fault = content === null ? null : findFault(content, kind, path === "" ? member : `${path}.${member}`);
    if (fault !== null) return fault;
  }
  return null;
}

function findFault(value: unknown, kind: Kind, path: string): MessageFault | null {
  if (typeof kind === "object") {
    return isRecord(value) ? findShapeFault(value, kind, path) : wrongType(path, "an object", value);
  }
  switch (kind) {
    case "object":
      return isRecord(value) ? null : wrongType(path, "an object", value);
    case "strings":
      return isRecord(value) ? findNonString(value, path) : wrongType(path, "a map", value);
    case "boolean":
      return typeof value === "boolean" ? null : wrongType(path, "TYPE_BOOL", value);
    case "string":
      return typeof value === "string" ? null : wrongType(path, "TYPE_STRING", value);
    case "priority":
      return /^(?:normal|high)$/i.test(String(value)) ? null : wrongType(path, "AndroidMessagePriority", value);
    case "duration":
      return isTtl(value) ? null : wrongType(path, "type.googleapis.com/google.protobuf.Duration", value);
  }
}

function findNonString(map: Record<string, unknown>, path: string): MessageFault | null {
  const index = Object.values(map).findIndex((value) => typeof value !== "string");
  return index < 0 ? null : wrongType(`${path}[${index}].value`, "TYPE_STRING", Object.values(map)[index]);
}

/** Seconds with up to nine fractional digits, at most four weeks. */
function isTtl(value: unknown): boolean {
  const seconds = typeof value === "string" ? /^(\d+(?:\.\d{1,9})?)s$/.exec(value)?.[1] : undefined;
  return seconds !== undefined && Number(seconds) <= 2_419_200;
}

function wrongType(path: string, type: string, value: unknown): MessageFault {
  return { field: path, description: `Invalid value at '${path}' (${type}), ${JSON.stringify(value)}` };
}

function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
