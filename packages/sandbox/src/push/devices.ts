import { createECDH, randomBytes, randomUUID } from "node:crypto";
import type { CreateDevice, PushDevice, PushDeviceState, ReceivedPush } from "../control.ts";
import { Refusal } from "../refusal.ts";
import type { StoredDevice } from "../state.ts";
import { toPushDevice } from "../views.ts";
import type { SandboxWorld } from "../world.ts";

const KEPT_PUSHES = 200;
const KEPT_DEVICES = 200;

/** Makes up a device: an FCM registration, or a browser's subscription with real keys. */
export function createDevice(world: SandboxWorld, input: CreateDevice): PushDevice {
  const base = { id: randomUUID(), label: input.label, userId: input.userId, state: input.state ?? "active" };
  const device: StoredDevice =
    input.kind === "fcm"
      ? { kind: "fcm", ...base, token: `${randomText(22)}:APA91b${randomText(134)}` }
      : { kind: "webpush", ...base, ...createSubscription(), applicationServerKey: input.applicationServerKey ?? null };
  world.state.devices.push(device);
  if (world.state.devices.length > KEPT_DEVICES) world.state.devices.shift();
  announceDevices(world);
  return toPushDevice(device, world.origin);
}

/** @throws Refusal 404 */
export function setDeviceState(world: SandboxWorld, deviceId: string, state: PushDeviceState): PushDevice {
  const device = world.state.devices.find((candidate) => candidate.id === deviceId);
  if (device === undefined) throw new Refusal(404, "No such device");
  device.state = state;
  announceDevices(world);
  return toPushDevice(device, world.origin);
}

export function clearPushes(world: SandboxWorld): void {
  world.state.pushes = [];
  world.changed();
  world.emit({ type: "world" });
}

/** What a push says, once it is read. */
export type PushContent = Pick<ReceivedPush, "title" | "body" | "data" | "collapseKey">;

/** Notes a push with the status it was answered; a delivered one replaces the earlier ones of its collapse key. */
export function recordPush(world: SandboxWorld, device: StoredDevice, push: PushContent & { status: number }): string {
  const { state } = world;
  const received: ReceivedPush = {
    id: String(state.next.pushId++),
    deviceId: device.id,
    kind: device.kind,
    label: device.label,
    ...push,
    replaced: false,
    receivedAt: world.now().toISOString(),
  };
  if (isDelivered(received) && received.collapseKey !== null) {
    for (const earlier of state.pushes) earlier.replaced ||= isReplacedBy(earlier, received);
  }
  state.pushes.unshift(received);
  state.pushes.splice(KEPT_PUSHES);
  world.changed();
  world.emit({ type: "push", push: received });
  return received.id;
}

function isReplacedBy(earlier: ReceivedPush, later: ReceivedPush): boolean {
  return isDelivered(earlier) && earlier.deviceId === later.deviceId && earlier.collapseKey === later.collapseKey;
}

function isDelivered({ status }: ReceivedPush): boolean {
  return status < 300;
}

function announceDevices(world: SandboxWorld): void {
  world.changed();
  world.emit({ type: "devices", devices: world.state.devices.map((device) => toPushDevice(device, world.origin)) });
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
