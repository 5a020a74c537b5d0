import { describe, expect, it } from "vitest";
import { CustomerConnection } from "./customer-connection.ts";

function setUp() {
  const network = { isOnline: true };
  const states: string[] = [];
  const connection = new CustomerConnection(
    () => network.isOnline,
    (state) => states.push(state),
  );
  return { connection, network, states };
}

describe("CustomerConnection", () => {
  it("connects before it is lost, and gives up when that takes too long", () => {
    const { connection, states } = setUp();
    connection.hear("offline");
    connection.hear("catchingUp");
    expect(states).toEqual([]);
    connection.giveUp();
    expect(states).toEqual(["offline"]);
    expect(connection.isLost).toBe(true);
  });

  it("stays lost through a new try until it has succeeded", () => {
    const { connection, states } = setUp();
    connection.hear("live");
    connection.hear("offline");
    connection.begin();
    connection.hear("live");
    expect(states).toEqual(["live", "offline", "live"]);
  });

  it("knows at once when the network goes, and when it is back", () => {
    const { connection, network, states } = setUp();
    connection.hear("live");
    network.isOnline = false;
    connection.look();
    network.isOnline = true;
    connection.look();
    expect(states).toEqual(["live", "offline", "live"]);
  });
});
