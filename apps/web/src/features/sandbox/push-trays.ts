import type { PushDevice, ReceivedPush, World } from "@pult/sandbox/control.ts";

/** What one device received, newest first. */
export type PushTray = { device: PushDevice; pushes: readonly ReceivedPush[] };

/** A tray for each device: first the one with the newest push, last those without any, the latest registered first. */
export function pushTrays({ devices, pushes }: Pick<World, "devices" | "pushes">): PushTray[] {
  const places = new Map<string, number>();
  for (const [place, { deviceId }] of pushes.entries()) if (!places.has(deviceId)) places.set(deviceId, place);
  const placeOf = ({ device }: PushTray) => places.get(device.id) ?? pushes.length;
  return devices
    .toReversed()
    .map((device) => ({ device, pushes: pushes.filter(({ deviceId }) => deviceId === device.id) }))
    .sort((a, b) => placeOf(a) - placeOf(b));
}
