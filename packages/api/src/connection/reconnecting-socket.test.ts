import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { watchConnection } from "./connection.ts";
import { ReconnectingSocket } from "./reconnecting-socket.ts";

/** The runtime's WebSocket as far as the line sees it; what the network does is up to the test. */
class FakeSocket extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  static made: FakeSocket[] = [];
  state = 0;
  sent: string[] = [];

  constructor() {
    super();
    FakeSocket.made.push(this);
  }
  get readyState(): number {
    return this.state;
  }
  send(data: string): void {
    this.sent.push(data);
  }
  /** As with a peer that is gone, nothing answers the close. */
  close(): void {
    this.state = 2;
  }
  open(): void {
    this.state = 1;
    this.dispatchEvent(new Event("open"));
  }
  hear(data: string): void {
    this.dispatchEvent(new MessageEvent("message", { data }));
  }
}

function setUp() {
  FakeSocket.made = [];
  const line = new ReconnectingSocket({ WebSocket: FakeSocket as unknown as typeof WebSocket, random: () => 1 });
  const connect = () => {
    const socket = new line.WebSocket("ws://example") as unknown as FakeSocket;
    const told: string[] = [];
    for (const type of ["open", "message", "error", "close"]) socket.addEventListener(type, () => told.push(type));
    return { socket, told };
  };
  const connected = () => {
    const made = connect();
    made.socket.open();
    made.socket.hear('{"id":1,"result":{"type":"started"}}');
    made.told.length = 0;
    return made;
  };
  return { line, connect, connected };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("ReconnectingSocket", () => {
  it("asks after 12 silent seconds and cuts what does not answer within 8", () => {
    const { connected } = setUp();
    const { socket, told } = connected();
    vi.advanceTimersByTime(12_000);
    expect(socket.sent).toEqual(["PING"]);
    vi.advanceTimersByTime(7_999);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(told).toEqual(["close"]);
    expect(socket.readyState).toBe(FakeSocket.CLOSED);
  });

  it("keeps the socket after any message, and hides answers to its own pings", () => {
    const { connected } = setUp();
    const { socket, told } = connected();
    vi.advanceTimersByTime(11_000);
    socket.hear("{}");
    vi.advanceTimersByTime(11_000);
    expect(socket.sent).toEqual([]);
    vi.advanceTimersByTime(1_000);
    socket.hear("PONG");
    vi.advanceTimersByTime(10_000);
    expect(told).toEqual(["message"]);
  });

  it("delivers the answer to a caller's own ping", () => {
    const { connected } = setUp();
    const { socket, told } = connected();
    vi.advanceTimersByTime(12_000);
    socket.send("PING");
    socket.hear("PONG");
    expect(told).toEqual([]);
    socket.hear("PONG");
    expect(told).toEqual(["message"]);
  });

  it("gives what woke two seconds to answer, and takes no old message for it", () => {
    const { line, connected } = setUp();
    const { socket, told } = connected();
    line.prove();
    line.prove();
    expect(socket.sent).toEqual(["PING"]);
    socket.hear('{"id":1,"result":{"type":"data"}}');
    vi.advanceTimersByTime(2_000);
    expect(told).toEqual(["message", "close"]);
  });

  it("keeps what answers in time", () => {
    const { line, connected } = setUp();
    const { socket, told } = connected();
    line.prove();
    vi.advanceTimersByTime(1_900);
    socket.hear("PONG");
    vi.advanceTimersByTime(9_000);
    expect(told).toEqual([]);
    expect(line.isOpen).toBe(true);
  });

  it("cuts an attempt that leads nowhere, with the error a failed attempt has", () => {
    const { connect } = setUp();
    const { socket, told } = connect();
    vi.advanceTimersByTime(10_000);
    expect(told).toEqual(["error", "close"]);
    socket.open();
    socket.hear("late");
    expect(told).toEqual(["error", "close"]);
  });

  it("waits one second for a peer to answer a close", () => {
    const { connected } = setUp();
    const { socket, told } = connected();
    socket.close();
    vi.advanceTimersByTime(1_000);
    expect(told).toEqual(["close"]);
  });

  it("makes the next attempt at once when a proof fails, and after a wait when the server refuses each", async () => {
    const { line, connect, connected } = setUp();
    await line.pass();
    connected();
    line.prove();
    vi.advanceTimersByTime(2_000);
    const from = Date.now();
    await line.pass();
    expect(Date.now()).toBe(from);
    for (const expected of [500, 1_000]) {
      const { socket } = connect();
      socket.open();
      socket.hear('{"id":null,"error":{"code":-32001}}');
      const passed = line.pass();
      const before = Date.now();
      await vi.advanceTimersByTimeAsync(expected);
      await passed;
      expect(Date.now() - before).toBe(expected);
    }
  });

  it("cuts everything when the network goes, and lets the next attempt through when it is back", async () => {
    const { line, connected } = setUp();
    await line.pass();
    const { told } = connected();
    line.setOffline(true);
    expect(told).toEqual(["close"]);
    const passed = line.pass();
    line.setOffline(false);
    await passed;
  });
});

describe("watchConnection", () => {
  function watched() {
    const { line, connected } = setUp();
    const connection = watchConnection(line);
    return { line, connected, connection, log: connection.watchSubscription() };
  }
  const position = (id: string, recovered = true) => ({ id, data: { type: "position", recovered } });

  it("is live when the socket stands and every log has proved itself, and offline the moment it is cut", () => {
    const { line, connected } = setUp();
    const connection = watchConnection(line);
    const states: string[] = [];
    connection.subscribe(({ state }) => states.push(state));
    const [first, second] = [connection.watchSubscription(), connection.watchSubscription()];
    connected();
    first.heard(position("e:1"));
    expect(states).toEqual(["catchingUp"]);
    second.heard(position("f:1"));
    line.reconnect();
    expect(states).toEqual(["catchingUp", "live", "offline"]);
  });

  it("is catching up after a cut until the heads are reached", () => {
    const { line, connected, connection, log } = watched();
    connected();
    log.heard(position("e:1"));
    line.reconnect();
    log.reopened();
    connected();
    expect(connection.get().state).toBe("catchingUp");
    log.heard(position("e:1"));
    log.heard({ id: "e:2", data: { type: "messageSent" } });
    expect(connection.get().state).toBe("catchingUp");
    log.heard({ type: "heartbeat", head: "e:2" });
    expect(connection.get().state).toBe("live");
  });

  it("stays live when something new is followed, and when it ends", () => {
    const { connected, connection, log } = watched();
    connected();
    log.heard(position("e:1"));
    const states: string[] = [];
    connection.subscribe(({ state }) => states.push(state));
    const other = connection.watchSubscription();
    other.reopened();
    other.started();
    other.ended();
    expect(states).toEqual([]);
  });

  it("makes the connection anew when a log has been silent for 40 s", () => {
    const { connected, connection, log } = watched();
    const { socket } = connected();
    log.heard(position("e:1"));
    for (let second = 0; second < 39; second += 10) {
      vi.advanceTimersByTime(10_000);
      socket.hear("PONG");
    }
    expect(connection.get().state).toBe("offline");
  });
});
