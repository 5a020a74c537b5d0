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
export const fileUrl = (fileUniqueId: string): string => `${ROOT}telegram/files/${fileUniqueId}`;

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
  deleteTopic: (threadId: number) => post("telegram/delete-topic", { threadId }),
  migrateGroup: () => post<{ chatId: number }>("telegram/migrate-group"),
  launch: (userId: number) => post<{ fragment: string }>("telegram/launch", { userId }),
  appToken: (userId: string) => post<{ token: string }>("app/token", { userId }),
  createDevice: (device: CreateDevice) => post<PushDevice>("push/devices", device),
  setDeviceState: (deviceId: string, state: PushDeviceState) =>
    post<PushDevice>("push/device-state", { deviceId, state }),
  clearPushes: () => post("push/clear"),
  setFaults: (change: FaultChange) => post<Faults>("faults", change),
  reset: () => post<World>("reset"),
};
