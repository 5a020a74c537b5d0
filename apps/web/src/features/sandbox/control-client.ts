import type {
  CreateDevice,
  EditAsUser,
  FaultChange,
  Faults,
  PushDevice,
  PushDeviceState,
  SendAsUser,
  World,
} from "@pult/sandbox/control.ts";
import type { WriteComment, WriteMessage } from "@pult/sandbox/instagram/control.ts";
import type { InChat, Plan, SandboxMtprotoChat, Write } from "@pult/sandbox/mtproto/control.ts";
import type { TradersPace } from "@pult/sandbox/traders/control.ts";

const ROOT = "/sandbox/api/";

/** What the sandbox would not do, in its own words. `status` is 0 when it did not answer, 404 when it is switched off. */
export class ControlError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

async function call<T>(path: string, init?: RequestInit): Promise<T> {
  const answer = await fetch(ROOT + path, init).catch(() => {
    throw new ControlError(0, "No connection to the sandbox");
  });
  const body = await answer.json().catch(() => null);
  if (!answer.ok) throw new ControlError(answer.status, body?.error ?? `The sandbox answered ${answer.status}`);
  return body;
}

function post<T>(path: string, body: unknown = {}): Promise<T> {
  return call<T>(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

export const EVENTS_URL = `${ROOT}events`;
export const pictureUrl = (file: string): string => `${ROOT}instagram/files/${file}`;
export const mtprotoFileUrl = (unique: string): string => `${ROOT}mtproto/files/${unique}`;
export const fileUrl = (fileUniqueId: string): string => `${ROOT}telegram/files/${fileUniqueId}`;

interface TopicRef {
  chatId: number;
  threadId: number;
}

/** As what the data centre takes a file. */
function fieldOf({ type }: File): "photo" | "voice" | "video" | "document" {
  if (/^image\/(jpeg|png|webp)$/.test(type)) return "photo";
  if (type.startsWith("audio/")) return "voice";
  return type.startsWith("video/") ? "video" : "document";
}

/** The strings that the page pulls. Every call throws `ControlError`. */
export const control = {
  world: () => call<World>("world"),
  send(message: SendAsUser, photos: readonly Blob[] = []) {
    if (photos.length === 0) return post<{ messageIds: number[] }>("telegram/messages", message);
    const form = new FormData();
    form.append("json", JSON.stringify(message));
    for (const [index, photo] of photos.entries())
      form.append("photo", photo, photo instanceof File ? photo.name : `photo-${index + 1}.jpg`);
    return call<{ messageIds: number[] }>("telegram/messages", { method: "POST", body: form });
  },
  edit: (edit: EditAsUser) => post("telegram/edit", edit),
  deleteTopic: (topic: TopicRef) => post("telegram/delete-topic", topic),
  closeTopic: (topic: TopicRef & { isClosed: boolean }) => post("telegram/close-topic", topic),
  migrateGroup: () => post<{ chatId: number }>("telegram/migrate-group"),
  launch: (userId: number) => post<{ fragment: string }>("telegram/launch", { userId }),
  appToken: (userId: string) => post<{ token: string }>("app/token", { userId }),
  createDevice: (device: CreateDevice) => post<PushDevice>("push/devices", device),
  setDeviceState: (deviceId: string, state: PushDeviceState) =>
    post<PushDevice>("push/device-state", { deviceId, state }),
  instagram: {
    write(message: WriteMessage, photo?: Blob) {
      if (!photo) return post("instagram/messages", message);
      const form = new FormData();
      form.append("json", JSON.stringify(message));
      form.append("photo", photo, "photo.jpg");
      return call("instagram/messages", { method: "POST", body: form });
    },
    mentionInStory: (personId: string) => post("instagram/story-mention", { personId }),
    share: (shared: { personId: string; mediaId: string }) => post("instagram/share", shared),
    writeAsAccount: (message: { personId: string; text: string }) => post("instagram/account-message", message),
    react: (reaction: { personId: string; mid: string; emoji: string | null }) => post("instagram/react", reaction),
    read: (personId: string) => post("instagram/read", { personId }),
    unsend: (message: { personId: string; mid: string }) => post("instagram/unsend", message),
    comment: (comment: WriteComment) => post("instagram/comments", comment),
    mention: (mention: { personId: string; text: string }) => post("instagram/mention", mention),
    burst: (mediaId: string) => post("instagram/burst", { mediaId }),
    setLive: (isLive: boolean) => post("instagram/live", { isLive }),
    retry: (webhookId: string) => post("instagram/retry", { webhookId }),
  },
  /** Telegram's data centre, whose accounts are linked. */
  mtproto: {
    chat: (key: string, signal: AbortSignal) =>
      call<SandboxMtprotoChat>(`mtproto/chats/${encodeURIComponent(key)}`, { signal }),
    write(message: Write, files: readonly File[] = []) {
      if (files.length === 0) return post("mtproto/messages", message);
      const form = new FormData();
      form.append("json", JSON.stringify(message));
      for (const file of files) form.append(fieldOf(file), file, file.name);
      return call("mtproto/messages", { method: "POST", body: form });
    },
    edit: (edit: { uid: number; text: string }) => post("mtproto/edit", edit),
    remove: (uid: number) => post("mtproto/delete", { uids: [uid] }),
    react: (reaction: { uid: number; from: number; emoji: string | null }) => post("mtproto/react", reaction),
    read: (place: InChat) => post("mtproto/read", place),
    typing: (place: InChat) => post("mtproto/typing", place),
    scan: (scan: { token: string; accountId: number }) => post("mtproto/scan", scan),
    sendScheduled: (accountId: number) => post("mtproto/send-scheduled", { accountId }),
    revoke: (accountId: number) => post("mtproto/revoke", { accountId }),
    restrict: (accountId: number, restriction: "none" | "peerFlood" | "frozen") =>
      post("mtproto/restriction", { accountId, restriction }),
    plan: (fault: Plan) => post("mtproto/plan", fault),
    drop: () => post("mtproto/connections", { what: "drop" }),
  },
  runTraders: (isRunning: boolean) => post("traders/run", { isRunning }),
  setTradersPace: (pace: TradersPace) => post("traders/pace", { pace }),
  clearPushes: () => post("push/clear"),
  setFaults: (change: FaultChange) => post<Faults>("faults", change),
  reset: () => post<World>("reset"),
};
