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
export const fileUrl = (fileUniqueId: string): string => `${ROOT}telegram/files/${fileUniqueId}`;

interface TopicRef {
  chatId: number;
  threadId: number;
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
  runTraders: (isRunning: boolean) => post("traders/run", { isRunning }),
  setTradersPace: (pace: TradersPace) => post("traders/pace", { pace }),
  clearPushes: () => post("push/clear"),
  setFaults: (change: FaultChange) => post<Faults>("faults", change),
  reset: () => post<World>("reset"),
};
