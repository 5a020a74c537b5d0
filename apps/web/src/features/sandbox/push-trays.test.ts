import { expect, it } from "vitest";
import { pushTrays } from "./push-trays.ts";
import { deviceFixture, receivedPush } from "./testing.ts";

it("gives each device its own pushes in their order, the one with the newest push first", () => {
  const devices = ["old", "busy", "idle", "late"].map((id) => deviceFixture(id));
  const pushes = [
    receivedPush("4", { deviceId: "busy" }),
    receivedPush("3", { deviceId: "old" }),
    receivedPush("2", { deviceId: "busy", replaced: true }),
    receivedPush("1", { deviceId: "gone" }),
  ];
  expect(pushTrays({ devices, pushes }).map(({ device, pushes: own }) => [device.id, own.map(({ id }) => id)])).toEqual(
    [
      ["busy", ["4", "2"]],
      ["old", ["3"]],
      ["late", []],
      ["idle", []],
    ],
  );
});
