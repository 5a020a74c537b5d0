import { createECDH, randomBytes, randomUUID } from "node:crypto";
import { z } from "zod";
import type { CreateDevice, PushDevice, PushDeviceState, ReceivedPush, WorldEvent } from "../control.ts";
import { createDevice, deviceOwner, pushDeviceState, receivedPush } from "../control.ts";
import { createSwitches } from "../faults.ts";
import { isRecord, Refusal } from "../http.ts";
import type { Control, Host, SandboxModule } from "../module.ts";

const KEPT_PUSHES = 200;
const KEPT_DEVICES = 200;

const base = {
  id: z.string(),
  label: z.string(),
  userId: z.string(),
  // Files of before agents had devices lack both.
  owner: deviceOwner.default("customer"),
  ownerName: z.string().nullable().default(null),
  state: pushDeviceState,
};
const fcmDevice = z.object({ ...base, kind: z.literal("fcm"), token: z.string() });
export type FcmDevice = z.infer<typeof fcmDevice>;

const webPushDevice = z.object({
  ...base,
  kind: z.literal("webpush"),
  /** Last segment of the endpoint, so that endpoints follow the origin. */
  endpointId: z.string(),
  /** base64url, as `PushSubscription.toJSON()` gives them; `privateKey` is the raw P-256 scalar, hex. */
  p256dh: z.string(),
  auth: z.string(),
  privateKey: z.string(),
  applicationServerKey: z.string().nullable(),
});
export type WebPushDevice = z.infer<typeof webPushDevice>;

type StoredDevice = FcmDevice | WebPushDevice;

const pushState = z.object({
  devices: z.array(z.discriminatedUnion("kind", [fcmDevice, webPushDevice])),
  /** Newest first. */
  pushes: z.array(receivedPush),
  /** Survives a reset: no id is given out twice. */
  nextPushId: z.number(),
});
type PushState = z.infer<typeof pushState>;

type PushHost = Host<PushState, WorldEvent>;

/** People's phones and browsers with the pushes they received: the devices that the push services deliver to. */
export const push = {
  name: "push" as const,
  version: 1,
  state: pushState,
  initialState: (): PushState => ({ devices: [], pushes: [], nextPushId: 1 }),
  upgrade: (older: Record<string, unknown>) => ({
    ...older,
    nextPushId: isRecord(older.next) ? older.next.pushId : undefined,
  }),
  view: ({ devices, pushes }: PushState, origin: string) => ({
    devices: devices.map((device) => toPushDevice(device, origin)),
    pushes: [...pushes],
  }),
  start,
} satisfies SandboxModule<PushState>;

function start(host: PushHost) {
  const devices = new PushDevices(host);
  return {
    actions: devices,
    controls: createControls(devices),
    faults: devices.faults,
    reset: () => {
      host.state.devices = [];
      host.state.pushes = [];
    },
  };
}

function createControls(actions: PushDevices): Record<string, Control> {
  return {
    "POST devices": (request) => actions.createDevice(request.read(createDevice)),
    "POST device-state": (request) => {
      const { deviceId, state } = request.read(z.object({ deviceId: z.string(), state: pushDeviceState }));
      return actions.setDeviceState(deviceId, state);
    },
    "POST clear": () => actions.clear(),
  };
}

function toPushDevice(device: StoredDevice, origin: string): PushDevice {
  const { id, label, userId, owner, ownerName, state } = device;
  const facts = { id, label, userId, owner, ownerName, state };
  if (device.kind === "fcm") return { kind: "fcm", ...facts, token: device.token };
  return {
    kind: "webpush",
    ...facts,
    subscription: {
      endpoint: `${origin}/wpush/v2/${device.endpointId}`,
      keys: { p256dh: device.p256dh, auth: device.auth },
    },
  };
}

/** The content of a push, decrypted and parsed. */
export type PushContent = Pick<ReceivedPush, "title" | "body" | "data" | "collapseKey">;

/** The devices, for tests and for FCM and Web Push. */
export class PushDevices {
  /** `pushStatus` is answered to every push. */
  readonly faults = createSwitches({ pushStatus: null }, z.object({ pushStatus: z.literal([429, 500]).nullable() }));
  readonly #host: PushHost;

  constructor(host: PushHost) {
    this.#host = host;
  }

  /** Creates an FCM registration, or a browser's subscription with real keys. */
  createDevice({ kind, applicationServerKey: key, ...given }: CreateDevice): PushDevice {
    const { devices } = this.#host.state;
    const { label, userId, owner = "customer", ownerName = null, state = "active" } = given;
    const facts = { id: randomUUID(), label, userId, owner, ownerName, state };
    const device: StoredDevice =
      kind === "fcm"
        ? { kind, ...facts, token: `${randomText(22)}:APA91b${randomText(134)}` }
        : { kind, ...facts, ...createSubscription(), applicationServerKey: key ?? null };
    devices.push(device);
    if (devices.length > KEPT_DEVICES) devices.shift();
    return this.#announce(device);
  }

  /** @throws Refusal 404 */
  setDeviceState(deviceId: string, state: PushDeviceState): PushDevice {
    const device = this.#host.state.devices.find((candidate) => candidate.id === deviceId);
    if (device === undefined) throw new Refusal(404, "No such device");
    device.state = state;
    return this.#announce(device);
  }

  clear(): void {
    this.#host.state.pushes = [];
    this.#host.changed();
    this.#host.emit({ type: "world" });
  }

  findFcm(token: string): FcmDevice | undefined {
    return this.#host.state.devices.find(
      (device): device is FcmDevice => device.kind === "fcm" && device.token === token,
    );
  }

  findWebPush(endpointId: string): WebPushDevice | undefined {
    return this.#host.state.devices.find(
      (device): device is WebPushDevice => device.kind === "webpush" && device.endpointId === endpointId,
    );
  }

  /** Records a push with the status that was answered; a delivered one replaces the earlier ones of its collapse key. */
  record(device: StoredDevice, content: PushContent & { status: number }): string {
    const { state, now } = this.#host;
    const received: ReceivedPush = {
      id: String(state.nextPushId++),
      deviceId: device.id,
      kind: device.kind,
      label: device.label,
      ...content,
      replaced: false,
      receivedAt: now().toISOString(),
    };
    if (isDelivered(received) && received.collapseKey !== null) {
      for (const earlier of state.pushes) earlier.replaced ||= isReplacedBy(earlier, received);
    }
    state.pushes.unshift(received);
    state.pushes.splice(KEPT_PUSHES);
    this.#host.changed();
    this.#host.emit({ type: "push", push: received });
    return received.id;
  }

  #announce(changed: StoredDevice): PushDevice {
    const { state, origin } = this.#host;
    this.#host.changed();
    this.#host.emit({ type: "devices", devices: state.devices.map((device) => toPushDevice(device, origin)) });
    return toPushDevice(changed, origin);
  }
}

function isReplacedBy(earlier: ReceivedPush, later: ReceivedPush): boolean {
  return isDelivered(earlier) && earlier.deviceId === later.deviceId && earlier.collapseKey === later.collapseKey;
}

function isDelivered({ status }: ReceivedPush): boolean {
  return status < 300;
}

function createSubscription() {
  const ecdh = createECDH("prime256v1");
  ecdh.generateKeys();
  return {
    endpointId: randomText(64),
    p256dh: ecdh.getPublicKey("base64url"),
    auth: randomText(22),
    privateKey: ecdh.getPrivateKey().toString("hex").padStart(64, "0"),
  };
}

/** base64url text of exactly `length` characters. */
function randomText(length: number): string {
  return randomBytes(Math.floor((length * 3) / 4))
    .toString("base64url")
    .slice(0, length);
}
