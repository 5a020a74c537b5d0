import type { LiveAlert } from "@pult/api/notifications/schema.ts";
import { describe, expect, it } from "vitest";
import { LiveStore, openAt, withAlertEvent } from "./live-store.ts";

const alertOf = (id: string, minutes = 10): LiveAlert => ({
  id,
  type: "halftime",
  name: `Alert ${id}`,
  marketId: "m",
  confidence: 0.9,
  ev: 1,
  sport: "s",
  publishedAt: new Date(0).toISOString(),
  expiresAt: new Date(minutes * 60_000).toISOString(),
});

describe("Open alerts", () => {
  it("change nothing when an event comes twice", () => {
    const event = { type: "published", alert: alertOf("2") } as const;
    const once = withAlertEvent([alertOf("1")], event);
    expect(withAlertEvent(once, event)).toEqual(once);
    expect(withAlertEvent(once, { type: "closed", id: "2" })).toEqual([alertOf("1")]);
  });

  it("leave out what has expired, and stand in the order in which they close", () => {
    const alerts = [alertOf("1", 1), alertOf("2", 20), alertOf("3", 5)];
    expect(openAt(alerts, 60_000).map(({ id }) => id)).toEqual(["3", "2"]);
  });

  it("hold what happened while they were being read", async () => {
    const asked = Promise.withResolvers<{ alerts: LiveAlert[] }>();
    const heard: string[] = [];
    let onData = (_: unknown) => {};
    const notifications = {
      liveAlerts: { open: { query: () => asked.promise } },
      takeMissed: { mutate: async () => ({ missed: [], from: null }) },
      onToast: { subscribe: () => ({ unsubscribe() {} }) },
      onStatus: { subscribe: () => ({ unsubscribe() {} }) },
      onLiveAlert: {
        subscribe(_: unknown, listeners: { onData(value: unknown): void }) {
          ({ onData } = listeners);
          return { unsubscribe() {} };
        },
      },
    };
    const store = new LiveStore({
      chat: {
        follow: (follower) => follower({ notifications } as never),
        withSession: (call) => call({} as never),
      },
      onAlert: ({ id }) => heard.push(id),
      onToast: () => {},
    });
    store.start();
    onData({ id: "e:1", data: { type: "position", recovered: true } });
    onData({ id: "e:2", data: { type: "published", alert: alertOf("3") } });
    onData({ id: "e:3", data: { type: "closed", id: "1" } });
    asked.resolve({ alerts: [alertOf("1"), alertOf("2")] });
    await asked.promise;
    await Promise.resolve();
    expect(store.state.getState().alerts?.map(({ id }) => id)).toEqual(["3", "2"]);
    expect(heard).toEqual(["3"]);
  });
});
